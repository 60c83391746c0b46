// Which build of Rondo is running.
#pragma once

#include <string>

namespace rondo::engine {

/// The fingerprint that the linker gave the program or library that this code is part of, in hexadecimal: a
/// change of anything in it, the compiler and LLVM included, changes it. Empty where the linker was told to
/// give none.
std::string build_id();

}  // namespace rondo::engine
