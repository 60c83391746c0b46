// Machines by name: what decisions need to know of each, and what is said where there is none.
#include <catch2/catch.hpp>

#include "codegen/machines.h"
#include "tests/data/scratch.h"

using namespace rondo;
using Catch::Contains;

namespace {

ir::Target named(const std::string& triple, const std::string& cpu = "") {
  ir::Diagnostics diagnostics;
  const auto target = codegen::machine_named(triple, cpu, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(target.has_value());
  return *target;
}

std::string refusal(const std::string& triple, const std::string& cpu = "") {
  ir::Diagnostics diagnostics;
  REQUIRE_FALSE(codegen::machine_named(triple, cpu, diagnostics).has_value());
  return diagnostics.render();
}

}  // namespace

TEST_CASE("machines are found by names long and short", "[machines]") {
  CHECK(named("aarch64-linux-gnu").triple == "aarch64-unknown-linux-gnu");
  CHECK(named("aarch64-unknown-linux-gnu") == named("aarch64-linux-gnu"));
  CHECK(named("arm-linux-gnueabihf").triple == "armv7-unknown-linux-gnueabihf");
  CHECK(named("riscv64").triple == "riscv64-unknown-none-elf");
  CHECK(named("wasm32").triple == "wasm32-unknown-unknown");
  CHECK(named("").triple == codegen::host_machine().triple);
  CHECK(named("", "native") == codegen::host_machine());
}

TEST_CASE("a machine has the vectors and the arithmetic of its processor", "[machines]") {
  CHECK(named("x86_64-linux-gnu").describe() == "x86-64-v3 (256-bit vectors, 16 registers, fma)");
  CHECK(named("x86_64-linux-gnu", "x86-64-v2").describe() ==
        "x86-64-v2 (128-bit vectors, 16 registers, no fma)");
  CHECK(named("x86_64-linux-gnu", "x86-64-v4").describe() ==
        "x86-64-v4 (512-bit vectors, 32 registers, fma)");
  CHECK(named("aarch64-linux-gnu").describe() == "generic (128-bit vectors, 32 registers, fma)");
  CHECK(named("riscv64-linux-gnu").describe() == "generic-rv64 (64-bit vectors, 16 registers, fma)");
  CHECK(named("riscv64-linux-gnu", "generic-rv64+v").vector_bits == 128);
  CHECK(named("arm-linux-gnueabihf").has_fma);
  CHECK_FALSE(named("arm-linux-gnueabihf", "cortex-a9").has_fma);
  CHECK_FALSE(named("wasm32").has_fma);
}

TEST_CASE("names that no machine has are refused with what there is", "[machines]") {
  CHECK_THAT(refusal("sparc64-linux-gnu"), Contains("'sparc64-linux-gnu'") && Contains("riscv64-linux-gnu"));
  CHECK_THAT(refusal("x86_64-w64-mingw32"), Contains("ELF objects"));
  CHECK_THAT(refusal("arm-linux-gnueabi"), Contains("arm-linux-gnueabihf (ARMv7)"));
  CHECK_THAT(refusal("aarch64-linux-gnu", "x86-64-v3"),
             Contains("no processor 'x86-64-v3' of aarch64") && Contains("cortex-a76"));
  CHECK_THAT(refusal("riscv64-linux-gnu", "generic-rv64+q1"), Contains("no feature 'q1'"));
  CHECK_THAT(refusal("wasm32", "native"), Contains("processor at hand"));
}
