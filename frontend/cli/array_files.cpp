#include "frontend/cli/array_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/cli/progress.h"
#include "frontend/data/arrays.h"
#include "frontend/text/suggestion.h"

namespace rondo::cli {

namespace {

using Names = std::vector<std::string>;
using Tensors = std::map<std::string, ir::Tensor>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string list_of(const Names& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Names keys_of(const Tensors& tensors) {
  Names keys;
  for (const auto& [name, tensor] : tensors) keys.push_back(name);
  return keys;
}

std::optional<ir::Tensor> read_one(const std::string& path, ir::Diagnostics& diagnostics) {
  const Progress progress(fmt::format("reading {}", path));
  return data::read_array(path, diagnostics);
}

class Reader {
 public:
  Reader(const std::optional<LeafNames>& names, const std::string& cell, ir::Diagnostics& diagnostics)
      : names_(names), cell_(cell), diagnostics_(diagnostics) {}

  std::optional<LoadedArrays> read(const ArrayFiles& files) {
    const int before = diagnostics_.error_count();
    if (read_named("input", files.inputs, names_ ? &names_->inputs : nullptr, arrays_.arguments.inputs))
      need_all("input", names_ ? names_->inputs : Names(), arrays_.arguments.inputs);
    read_named("state", files.states, names_ ? &names_->states : nullptr, arrays_.arguments.states);
    if (read_named("constant", files.constants, names_ ? &names_->constants : nullptr,
                   arrays_.arguments.constants))
      need_all("constant", names_ ? names_->constants : Names(), arrays_.arguments.constants);
    read_weights(files.weights);
    if (files.mask) arrays_.arguments.mask = read_one(*files.mask, diagnostics_);
    if (files.lengths) arrays_.arguments.lengths = read_one(*files.lengths, diagnostics_);
    if (diagnostics_.error_count() > before) return std::nullopt;
    return std::move(arrays_);
  }

 private:
  // False where something was wrong: an array by a wrong name, or one that cannot be read, has been told of,
  // and is not missing as well.
  bool read_named(std::string_view kind, const std::vector<NamedFile>& files, const Names* known,
                  Tensors& tensors) {
    const int before = diagnostics_.error_count();
    for (const NamedFile& file : files) {
      std::string name = file.name;
      if (name.empty() && known && known->size() == 1) name = known->front();
      if (known && name.empty())
        diagnostics_.error(fmt::format("{} '{}' needs a name, as in --{} NAME={}: cell '{}' has {}", kind,
                                       file.path, kind, file.path, cell_, list_of(*known)));
      else if (known && !contains(*known, name))
        diagnostics_.error(fmt::format("cell '{}' has no {} '{}'; it has {}{}", cell_, kind, name,
                                       list_of(*known), text::suggest(name, *known)));
      std::optional<ir::Tensor> tensor = read_one(file.path, diagnostics_);
      if (!tensor) continue;
      if (!tensors.emplace(name, std::move(*tensor)).second)
        diagnostics_.error(fmt::format("{} '{}' is given twice", kind, name));
      arrays_.origins[name] = file.path;
    }
    return diagnostics_.error_count() == before;
  }

  void need_all(std::string_view kind, const Names& wanted, const Tensors& given) {
    for (const std::string& name : wanted)
      if (!given.contains(name))
        diagnostics_.error(
            fmt::format("cell '{}' has {} '{}', and no array is given for it; use --{} {}=FILE.npy", cell_,
                        kind, name, kind, name));
  }

  void read_weights(const std::optional<std::string>& path) {
    if (!path) {
      if (names_ && !names_->weights.empty())
        diagnostics_.error(
            fmt::format("cell '{}' has weights ({}), and no arrays are given for them; use --weights "
                        "FILE.npz",
                        cell_, list_of(names_->weights)));
      return;
    }
    std::optional<Tensors> found;
    {
      const Progress progress(fmt::format("reading {}", *path));
      found = data::read_arrays(*path, diagnostics_);
    }
    if (!found) return;
    if (names_ && names_->weights.size() == 1 && found->size() == 1) {
      Tensors renamed;
      renamed.emplace(names_->weights.front(), std::move(found->begin()->second));
      found = std::move(renamed);
    }
    if (names_) check_weights(*path, keys_of(*found));
    for (auto& [name, tensor] : *found) {
      arrays_.origins[name] = *path;
      if (!names_ || contains(names_->weights, name))
        arrays_.arguments.weights.emplace(name, std::move(tensor));
    }
  }

  void check_weights(const std::string& path, const Names& found) {
    Names missing, spare;
    for (const std::string& name : names_->weights)
      if (!contains(found, name)) missing.push_back(name);
    for (const std::string& name : found)
      if (!contains(names_->weights, name)) spare.push_back(name);
    if (!missing.empty()) {
      diagnostics_.error(fmt::format("{}: there is no array for the weight{} {} of cell '{}'", path,
                                     missing.size() == 1 ? "" : "s", list_of(missing), cell_));
      diagnostics_.note(
          fmt::format("the file has {}; the cell wants {}", list_of(found), list_of(names_->weights)));
    } else if (!spare.empty()) {
      diagnostics_.warning({}, fmt::format("{}: cell '{}' has no use for {}; it wants {}", path, cell_,
                                           list_of(spare), list_of(names_->weights)));
    }
  }

  const std::optional<LeafNames>& names_;
  const std::string& cell_;
  ir::Diagnostics& diagnostics_;
  LoadedArrays arrays_;
};

bool fits(int64_t value, ir::DType dtype) {
  if (dtype == ir::DType::Bool) return value == 0 || value == 1;
  return dtype == ir::DType::I64 || (value >= INT32_MIN && value <= INT32_MAX);
}

int64_t whole_at(const ir::Tensor& tensor, int64_t index) {
  if (tensor.dtype() == ir::DType::I64) return tensor.as<int64_t>()[static_cast<size_t>(index)];
  return static_cast<int64_t>(tensor.at(index));
}

}  // namespace

LeafNames LeafNames::of(const ir::StepGraph& step) {
  LeafNames names;
  for (const ir::Leaf& leaf : step.inputs) names.inputs.push_back(leaf.name);
  for (const ir::State& state : step.states) names.states.push_back(state.name);
  for (const ir::Leaf& leaf : step.constants) names.constants.push_back(leaf.name);
  for (const ir::Leaf& leaf : step.weights) names.weights.push_back(leaf.name);
  return names;
}

std::map<std::string, ir::Dims> LoadedArrays::per_sample_shapes() const {
  std::map<std::string, ir::Dims> shapes;
  const auto add = [&shapes](const Tensors& tensors, int leading) {
    for (const auto& [name, tensor] : tensors)
      if (tensor.rank() >= leading)
        shapes.emplace(name, ir::Dims(tensor.dims().begin() + leading, tensor.dims().end()));
  };
  add(arguments.inputs, 2);
  add(arguments.states, 1);
  add(arguments.constants, 1);
  add(arguments.weights, 0);
  return shapes;
}

std::optional<LoadedArrays> read_array_files(const ArrayFiles& files, const std::optional<LeafNames>& names,
                                             const std::string& cell, ir::Diagnostics& diagnostics) {
  return Reader(names, cell, diagnostics).read(files);
}

std::optional<ir::Tensor> convert_array(const ir::Tensor& tensor, ir::DType dtype, const std::string& what,
                                        ir::Diagnostics& diagnostics) {
  if (tensor.dtype() == dtype) return tensor;
  if (ir::is_float(dtype)) return tensor.converted(dtype);
  if (ir::is_float(tensor.dtype())) {
    diagnostics.error(
        fmt::format("{} should be {}, but the array given is {}; round it yourself if that is meant", what,
                    name_of(dtype), name_of(tensor.dtype())));
    return std::nullopt;
  }
  for (int64_t i = 0; i < tensor.count(); ++i) {
    if (fits(whole_at(tensor, i), dtype)) continue;
    diagnostics.error(fmt::format("{} should be {}, but the array given is {} and holds {}", what,
                                  name_of(dtype), name_of(tensor.dtype()), whole_at(tensor, i)));
    return std::nullopt;
  }
  return tensor.converted(dtype);
}

bool convert_arrays(const ir::StepGraph& step, LoadedArrays& arrays, ir::Diagnostics& diagnostics) {
  bool fine = true;
  const auto convert = [&](std::string_view kind, const auto& leaves, Tensors& tensors) {
    for (const auto& leaf : leaves) {
      const auto found = tensors.find(leaf.name);
      if (found == tensors.end() || found->second.dtype() == step.type(leaf.node).dtype) continue;
      std::optional<ir::Tensor> converted = convert_array(
          found->second, step.type(leaf.node).dtype, fmt::format("{} '{}'", kind, leaf.name), diagnostics);
      fine = fine && converted;
      if (converted) found->second = std::move(*converted);
    }
  };
  convert("input", step.inputs, arrays.arguments.inputs);
  convert("state", step.states, arrays.arguments.states);
  convert("constant", step.constants, arrays.arguments.constants);
  convert("weight", step.weights, arrays.arguments.weights);
  return fine;
}

}  // namespace rondo::cli
