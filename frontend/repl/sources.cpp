#include "frontend/repl/sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "frontend/data/arrays.h"
#include "frontend/data/file_kind.h"

namespace rondo::repl {

namespace {

using text::ArgumentKind;

std::vector<text::Function> table() {
  const text::Parameter extents{"extents", ArgumentKind::Extents};
  const text::Parameter seed{"seed", ArgumentKind::Integer, "0"};
  return {
      {"zeros", {extents}, "a tensor of zeros, as in zeros(2, 3)", nullptr},
      {"ones", {extents}, "a tensor of ones", nullptr},
      {"rand", {extents, seed}, "numbers from 0 to 1, the same for the same seed", nullptr},
      {"randn", {extents, seed}, "numbers of the normal distribution, the same for the same seed", nullptr},
      {"linspace",
       {{"start", ArgumentKind::Number},
        {"stop", ArgumentKind::Number},
        {"count", ArgumentKind::Integer, "50"}},
       "evenly spaced numbers, both ends among them",
       nullptr},
      {"arange",
       {{"start", ArgumentKind::Number},
        {"stop", ArgumentKind::Number, "none"},
        {"step", ArgumentKind::Number, "1"}},
       "start, start + step, ... below stop; from 0 on where one number is given",
       nullptr},
      {"load",
       {{"file", ArgumentKind::Text}, {"name", ArgumentKind::Text, "none"}},
       "the array of a .npy file, or that of a name from a .npz or .safetensors file",
       nullptr},
  };
}

// splitmix64: short, and good enough for weights to play with.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // From 0 to 1, both left out.
  double uniform() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
  }
  // By Box and Muller.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * M_PI * uniform());
  }

 private:
  uint64_t state_;
};

using Element = std::function<double(int64_t)>;

std::optional<ir::Tensor> fill(const ir::Dims& dims, const ir::Location& where, ir::Diagnostics& diagnostics,
                               const Element& element) {
  const std::optional<int64_t> count = ir::checked_count(dims);
  if (!count || *count * ir::size_of(ir::DType::F32) > max_tensor_bytes) {
    diagnostics.error(where,
                      fmt::format("the shape ({}) is out of bounds: extents are not negative, and a tensor "
                                  "has at most {} elements",
                                  fmt::join(dims, ", "), max_tensor_bytes / ir::size_of(ir::DType::F32)));
    return std::nullopt;
  }
  ir::Tensor tensor(ir::DType::F32, dims);
  for (int64_t i = 0; i < *count; ++i) tensor.set(i, element(i));
  return tensor;
}

std::optional<ir::Tensor> linspace(const text::Arguments& a, const ir::Location& where,
                                   ir::Diagnostics& diagnostics) {
  const double start = a[0].number, stop = a[1].number;
  const int64_t count = a[2].integers[0];
  const auto last = static_cast<double>(count - 1);
  return fill({count}, where, diagnostics, [=](int64_t i) {
    return i == 0 ? start : start + (stop - start) * (static_cast<double>(i) / last);
  });
}

std::optional<ir::Tensor> arange(const text::Arguments& a, const ir::Location& where,
                                 ir::Diagnostics& diagnostics) {
  const double start = a[1].given ? a[0].number : 0, stop = a[1].given ? a[1].number : a[0].number;
  const double step = a[2].number, count = std::ceil((stop - start) / step);
  if (!(std::abs(count) < 1e15)) {
    diagnostics.error(where, fmt::format("from {} to {} there is no end of steps of {}", start, stop, step));
    return std::nullopt;
  }
  return fill({std::max<int64_t>(0, static_cast<int64_t>(count))}, where, diagnostics,
              [=](int64_t i) { return start + static_cast<double>(i) * step; });
}

std::optional<ir::Tensor> load(const text::Arguments& a, const ir::Location& where,
                               ir::Diagnostics& diagnostics) {
  const std::string path(a[0].text), wanted(a[1].text);
  if (!a[1].given && data::has_extension(path, ".npy")) return data::read_array(path, diagnostics);
  auto arrays = data::read_arrays(path, diagnostics);
  if (!arrays) return std::nullopt;
  if (!a[1].given && arrays->size() == 1) return std::move(arrays->begin()->second);
  if (const auto found = arrays->find(wanted); found != arrays->end()) return std::move(found->second);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : *arrays) names.push_back(name);
  diagnostics.error(where, a[1].given ? fmt::format("{} has no array '{}'", path, wanted)
                                      : fmt::format("{} has {} arrays; say which", path, names.size()));
  diagnostics.note(fmt::format("the file has {}; 'w = load(\"{}\")' alone binds them all, as w.NAME",
                               fmt::join(names, ", "), path));
  return std::nullopt;
}

}  // namespace

std::span<const text::Function> source_functions() {
  static const std::vector<text::Function> functions = table();
  return functions;
}

std::optional<ir::Tensor> make_tensor(const text::Function& function, const text::Arguments& arguments,
                                      const ir::Location& where, ir::Diagnostics& diagnostics) {
  const auto filled = [&](const Element& element) {
    return fill(arguments[0].integers, where, diagnostics, element);
  };
  if (function.name == "zeros") return filled([](int64_t) { return 0; });
  if (function.name == "ones") return filled([](int64_t) { return 1; });
  if (function.name == "linspace") return linspace(arguments, where, diagnostics);
  if (function.name == "arange") return arange(arguments, where, diagnostics);
  if (function.name == "load") return load(arguments, where, diagnostics);
  Random random(static_cast<uint64_t>(arguments[1].integers[0]));
  if (function.name == "rand") return filled([&random](int64_t) { return random.uniform(); });
  return filled([&random](int64_t) { return random.normal(); });
}

}  // namespace rondo::repl
