#include "frontend/engine/kernel_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/printer.h"

namespace rondo::engine {

namespace {

template <class Value>
std::string or_auto(const std::optional<Value>& value) {
  return value ? fmt::format("{}", *value) : "auto";
}

}  // namespace

std::string kernel_key(const ir::Recurrence& recurrence, const passes::Options& options,
                       const ir::Target& target, const std::string& build) {
  // All members by name: one that is added must be thought of here. Dumps and checks shape no code.
  const auto& [lanes, unroll, samples_across_lanes, threads, expected_batch, pins, checked, disabled,
               dump_after, stop_after, verify_each] = options;
  const auto& [triple, cpu, features, vector_bits, vector_registers, has_fma] = target;
  return fmt::format(
      "rondo {} build {}\n"
      "target {} {} {} bits={} registers={} fma={}\n"
      "options lanes={} unroll={} samples_across_lanes={} threads={} expected_batch={} disabled={} pins={} "
      "checked={}\n"
      "{}",
      RONDO_VERSION, build, triple, cpu, features, vector_bits, vector_registers, has_fma, or_auto(lanes),
      or_auto(unroll), or_auto(samples_across_lanes), or_auto(threads), or_auto(expected_batch),
      fmt::join(disabled, ","), passes::to_text(pins), checked, ir::print(recurrence));
}

}  // namespace rondo::engine
