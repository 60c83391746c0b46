// Two texts line by line.
#pragma once

#include <string>

namespace rondo::repl {

/// The lines that differ, "-" before the old and "+" before the new, with up to three common lines around
/// them; "  ..." for what is left out. Empty where the texts are equal. `color` adds terminal
/// colours.
std::string text_difference(const std::string& before, const std::string& after, bool color = false);

}  // namespace rondo::repl
