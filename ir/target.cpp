#include "ir/target.h"

#include <fmt/format.h>

namespace rondo::ir {

std::string Target::describe() const {
  return fmt::format("{} ({}-bit vectors, {} registers, {})", cpu.empty() ? "generic" : cpu, vector_bits,
                     vector_registers, has_fma ? "fma" : "no fma");
}

}  // namespace rondo::ir
