#include "frontend/data/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/data/arrays.h"

namespace rondo::data {

using namespace ir;

namespace {

std::string names_of(const std::map<std::string, Tensor>& arrays) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : arrays) names.push_back(name);
  return names.empty() ? "no arrays" : fmt::format("{}", fmt::join(names, ", "));
}

bool fits(const Tensor& tensor, const Type& type) {
  return tensor.dims() == type.dims &&
         (tensor.dtype() == type.dtype || (is_float(tensor.dtype()) && is_float(type.dtype)));
}

}  // namespace

std::optional<std::vector<Tensor>> read_weights(const std::string& path, const StepGraph& step,
                                                Diagnostics& diagnostics) {
  std::optional<std::map<std::string, Tensor>> arrays = read_arrays(path, diagnostics);
  if (!arrays) return std::nullopt;
  std::vector<Tensor> weights;
  for (const Leaf& weight : step.weights) {
    const Type& type = step.type(weight.node);
    const auto found = arrays->find(weight.name);
    if (found == arrays->end()) {
      diagnostics.error(fmt::format("{}: there is no array for the weight '{}' of cell '{}'; the file has {}",
                                    path, weight.name, step.name, names_of(*arrays)));
    } else if (!fits(found->second, type)) {
      diagnostics.error(fmt::format("{}: weight '{}' of cell '{}' is {}, the array in the file is {}{}", path,
                                    weight.name, step.name, to_string(type), name_of(found->second.dtype()),
                                    to_string(found->second.dims())));
    } else {
      weights.push_back(found->second.converted(type.dtype));
    }
  }
  if (weights.size() != step.weights.size()) return std::nullopt;
  return weights;
}

}  // namespace rondo::data
