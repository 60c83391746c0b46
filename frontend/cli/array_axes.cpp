#include "frontend/cli/array_axes.h"

#include <fmt/format.h>

namespace rondo::cli {

namespace {

class AxesCheck {
 public:
  AxesCheck(const ir::StepGraph& step, ir::Diagnostics& diagnostics)
      : step_(step), diagnostics_(diagnostics) {}

  template <class Leaves>
  void check(std::string_view kind, const Leaves& leaves, const std::map<std::string, ir::Tensor>& given,
             int in_front) {
    for (const auto& leaf : leaves)
      if (const auto found = given.find(leaf.name); found != given.end())
        check(kind, leaf.name, leaf.node, found->second, in_front);
  }

 private:
  static std::string axes(int count) { return fmt::format("{} {}", count, count == 1 ? "axis" : "axes"); }

  void check(std::string_view kind, const std::string& name, ir::NodeId node, const ir::Tensor& given,
             int in_front) {
    const int own = static_cast<int>(step_.type(node).dims.size());
    if (given.rank() == own + in_front) return;
    const std::string_view leading[] = {"", ", batch in front", ", batch and time in front"};
    diagnostics_.error(step_[node].where,
                       fmt::format("{} '{}' should have {}{}, but the array given is {} {}", kind, name,
                                   axes(own + in_front), leading[in_front], ir::name_of(given.dtype()),
                                   ir::shape_text(given.dims())));
    if (in_front == 2 && own == 1 && given.rank() == 1)
      diagnostics_.note(
          fmt::format("as one sample with one feature its shape would be (1, {}, 1)", given.dims()[0]));
  }

  const ir::StepGraph& step_;
  ir::Diagnostics& diagnostics_;
};

}  // namespace

bool check_axes(const ir::StepGraph& step, const ir::Arguments& arguments, ir::Diagnostics& diagnostics) {
  const int before = diagnostics.error_count();
  AxesCheck axes(step, diagnostics);
  axes.check("input", step.inputs, arguments.inputs, 2);
  axes.check("state", step.states, arguments.states, 1);
  axes.check("constant", step.constants, arguments.constants, 1);
  axes.check("weight", step.weights, arguments.weights, 0);
  return diagnostics.error_count() == before;
}

}  // namespace rondo::cli
