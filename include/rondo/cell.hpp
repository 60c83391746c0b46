// Cells, how they are run, and cells from text.
#ifndef RONDO_CELL_HPP
#define RONDO_CELL_HPP

#include <rondo/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rondo {

enum class DType { F32 = RONDO_F32, F64 = RONDO_F64, I32 = RONDO_I32, I64 = RONDO_I64, Bool = RONDO_BOOL };

enum class LeafKind {
  Input = RONDO_INPUT,
  State = RONDO_STATE,
  Constant = RONDO_CONSTANT,
  Weight = RONDO_WEIGHT,
  Output = RONDO_OUTPUT
};

/// An input, state, constant, weight or output of a cell; extents are per sample.
struct Leaf {
  std::string name;
  DType dtype;
  std::vector<int64_t> extents;
};

enum class Masking { None = RONDO_MASK_NONE, Mask = RONDO_MASK, Lengths = RONDO_MASK_LENGTHS };
enum class Unroll { Auto = RONDO_UNROLL_AUTO, Never = RONDO_UNROLL_NEVER, Always = RONDO_UNROLL_ALWAYS };
enum class Math { Strict = RONDO_MATH_STRICT, Fast = RONDO_MATH_FAST };

/// The arguments of tf.keras.backend.rnn that are no arrays. What is not given stays as the cell has it.
struct Options {
  std::optional<bool> go_backwards{}, zero_output_for_mask{};
  std::optional<Masking> masking{};
  std::optional<Unroll> unroll{};
  std::optional<int64_t> input_length{};
  std::optional<int64_t> time{};
  std::optional<bool> flush_denormals{};
  std::optional<Math> math{};
};

/// One time step, and how it is run. Copies share it.
class Cell {
 public:
  explicit Cell(rondo_cell* handle) : handle_(handle, rondo_cell_free) {}

  std::string name() const { return rondo_cell_name(get()); }
  std::vector<Leaf> leaves(LeafKind kind) const {
    std::vector<Leaf> result;
    rondo_leaf leaf;
    for (size_t i = 0; rondo_cell_leaf(get(), static_cast<rondo_leaf_kind>(kind), i, &leaf) == RONDO_OK; ++i)
      result.push_back({leaf.name, static_cast<DType>(leaf.dtype), {leaf.extents, leaf.extents + leaf.rank}});
    return result;
  }
  /// In the text language, from which the same cell can be read.
  std::string text() const {
    return detail::text_of([this](rondo_text** text) { return rondo_cell_text(get(), text); });
  }
  /// The same cell, run in another way.
  Cell with(const Options& options) const {
    rondo_options o = RONDO_OPTIONS_INIT;
    const auto take = [](const auto& from, auto& to) {
      if (from) to = static_cast<std::remove_reference_t<decltype(to)>>(*from);
    };
    take(options.go_backwards, o.go_backwards);
    take(options.zero_output_for_mask, o.zero_output_for_mask);
    take(options.masking, o.masking);
    take(options.unroll, o.unroll);
    take(options.input_length, o.input_length);
    take(options.time, o.time);
    take(options.flush_denormals, o.flush_denormals);
    take(options.math, o.math);
    return Cell(detail::make<rondo_cell, rondo_cell_free>([&](rondo_cell** cell, rondo_messages** messages) {
                  return rondo_cell_with(get(), &o, cell, messages);
                }).release());
  }

  const rondo_cell* get() const { return handle_.get(); }

 private:
  std::shared_ptr<rondo_cell> handle_;
};

/// A text with cells.
class Program {
 public:
  /// `name` is what messages call the text.
  Program(const std::string& name, const std::string& text)
      : handle_(detail::make<rondo_program, rondo_program_free>(
            [&](rondo_program** program, rondo_messages** messages) {
              return rondo_program_parse(name.c_str(), text.data(), text.size(), program, messages);
            })) {}

  std::vector<std::string> cells() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < rondo_program_cell_count(handle_.get()); ++i)
      names.emplace_back(rondo_program_cell_name(handle_.get(), i));
    return names;
  }
  /// One of the cells, or the last, with values for its parameters.
  Cell cell(const std::vector<std::pair<std::string, int64_t>>& settings = {},
            const std::string& name = "") const {
    std::vector<rondo_setting> list;
    for (const auto& [setting, value] : settings) list.push_back({setting.c_str(), value});
    return Cell(detail::make<rondo_cell, rondo_cell_free>([&](rondo_cell** cell, rondo_messages** messages) {
                  return rondo_program_cell(handle_.get(), name.empty() ? nullptr : name.c_str(), list.data(),
                                            list.size(), cell, messages);
                }).release());
  }

 private:
  detail::Owned<rondo_program, rondo_program_free> handle_;
};

}  // namespace rondo

#endif
