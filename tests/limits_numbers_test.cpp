// NaN and infinity at each place of each array of each ready cell: native code gives the interpreter's bits.
#include <catch2/catch.hpp>
#include <limits>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/interpreter.h"
#include "random_recurrence.h"
#include "tests/ready_cells.h"

using namespace rondo;

namespace {

constexpr double specials[] = {std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()};

bool same(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), ir::same_bits);
}

// A recurrence as the interpreter and two kernels run it: columns across lanes, and samples.
class Engines {
 public:
  explicit Engines(const ir::Recurrence& recurrence) : recurrence_(recurrence) {
    static const engine::Engine engine;
    for (const bool across_lanes : {false, true}) {
      passes::Options options;
      options.samples_across_lanes = across_lanes;
      ir::Diagnostics diagnostics;
      auto compiled = engine.compile(recurrence, options, diagnostics);
      INFO(diagnostics.render());
      REQUIRE(compiled.has_value());
      kernels_.push_back(std::move(compiled->kernel));
    }
  }

  bool agree(const ir::Arguments& arguments) const {
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence_, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    for (const engine::Kernel& kernel : kernels_) {
      const auto found = engine::run(kernel, arguments, diagnostics);
      REQUIRE(found.has_value());
      if (!same(found->outputs, wanted->outputs) || !same(found->last_output, wanted->last_output) ||
          !same(found->new_states, wanted->new_states))
        return false;
    }
    return true;
  }

 private:
  const ir::Recurrence& recurrence_;
  std::vector<engine::Kernel> kernels_;
};

// Each element of the tensor, which is one of those of `arguments`, in turn.
void try_each(const Engines& engines, const ir::Arguments& arguments, const std::string& name,
              ir::Tensor& tensor) {
  if (!ir::is_float(tensor.dtype())) return;
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const double usual = tensor.at(i);
    for (const double special : specials) {
      tensor.set(i, special);
      if (!engines.agree(arguments)) FAIL(special << " at element " << i << " of " << name);
    }
    tensor.set(i, usual);
  }
}

void try_everywhere(const Engines& engines, ir::Arguments& arguments) {
  for (auto* tensors : {&arguments.inputs, &arguments.states, &arguments.constants, &arguments.weights})
    for (auto& [name, tensor] : *tensors) try_each(engines, arguments, name, tensor);
  if (arguments.mask) try_each(engines, arguments, "the mask", *arguments.mask);
}

}  // namespace

TEST_CASE("a NaN or an infinity anywhere gives the interpreter's bits", "[limits][cells]") {
  for (auto& [name, recurrence] :
       tests::ready_cells({{"features", 2}, {"units", 3}, {"channels", 1}, {"length", 2}, {"width", 2}})) {
    INFO(name);
    for (const ir::Masking masking : {ir::Masking::None, ir::Masking::Mask}) {
      recurrence.masking = masking;
      tests::Random random(11);
      ir::Arguments arguments = tests::random_arguments(random, recurrence, 2, 3, false);
      if (arguments.mask) arguments.mask = arguments.mask->converted(ir::DType::F32);
      try_everywhere(Engines(recurrence), arguments);
    }
  }
}

TEST_CASE("NaN and infinity everywhere at once give the interpreter's bits", "[limits][cells]") {
  for (auto& [name, recurrence] : tests::ready_cells({})) {
    INFO(name);
    const Engines engines(recurrence);
    tests::Random random(13);
    ir::Arguments arguments = tests::random_arguments(random, recurrence, 5, 6, false);
    for (const double special : specials) {
      for (auto* tensors : {&arguments.inputs, &arguments.states, &arguments.constants, &arguments.weights})
        for (auto& [leaf, tensor] : *tensors)
          for (int64_t i = 0; ir::is_float(tensor.dtype()) && i < tensor.count(); ++i) tensor.set(i, special);
      CHECK(engines.agree(arguments));
    }
  }
}
