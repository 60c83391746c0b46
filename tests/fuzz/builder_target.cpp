#include <rondo/rondo.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/fuzz/feed.h"

namespace rondo::fuzz {

namespace {

constexpr std::array names{"x", "h", "", "W", "y", "next", "a b", "\xff"};
constexpr std::array functions{
    "add",   "matmul",    "tanh",    "softmax", "split",        "concatenate",
    "where", "take",      "reshape", "sum",     "broadcast_to", "pad",
    "cast",  "transpose", "equal",   "clip",    "layer_norm",   "no_such_function"};

// One builder, driven by bytes. What it makes must be a cell whose text reads back, or messages.
class Building {
 public:
  explicit Building(Feed& feed) : feed_(feed) {
    if (rondo_builder_new("fuzzed", &builder_) != RONDO_OK) throw std::logic_error("no builder");
  }
  ~Building() { rondo_builder_free(builder_); }
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;

  void run() {
    constexpr int most_calls = 40;
    for (int i = 0; i < most_calls && !feed_.empty(); ++i) call();
    finish();
  }

 private:
  const char* name() { return feed_.below(16) == 0 ? nullptr : names[static_cast<size_t>(feed_.below(8))]; }
  // Mostly one that there is.
  rondo_value value() {
    if (feed_.below(16) == 0 || values_.empty()) return {static_cast<int32_t>(feed_.integer())};
    return values_[static_cast<size_t>(feed_.below(static_cast<int64_t>(values_.size())))];
  }

  void call() {
    switch (feed_.below(9)) {
      case 0:
      case 1:
        return leaf();
      case 2:
        return values_.push_back(rondo_builder_number(builder_, static_cast<double>(feed_.integer()) / 4));
      case 3:
        return values_.push_back(rondo_builder_integer(builder_, feed_.integer()));
      case 4:
      case 5:
        return function();
      case 6:
        return subscript();
      case 7:
        return rondo_builder_next(builder_, name(), value());
      default:
        rondo_builder_at(builder_, name(), static_cast<int32_t>(feed_.integer()), 1);
        rondo_builder_name(builder_, value(), name());
        return rondo_builder_output(builder_, name(), value());
    }
  }

  void leaf() {
    int64_t extents[12];
    for (int64_t& extent : extents) extent = 3;
    const auto rank = static_cast<size_t>(feed_.below(16) == 0 ? feed_.below(12) : feed_.below(3));
    for (size_t i = 0; i < rank; ++i) extents[i] = feed_.below(8) == 0 ? feed_.integer() : 3;
    const auto kind = static_cast<rondo_leaf_kind>(feed_.below(6)), dtype = kind;
    values_.push_back(rondo_builder_leaf(builder_, kind, name(),
                                         static_cast<rondo_dtype>(feed_.below(2) * dtype),
                                         feed_.below(32) == 0 ? nullptr : extents, rank));
  }

  void function() {
    std::vector<rondo_argument> arguments(static_cast<size_t>(feed_.below(4)));
    rondo_value list[] = {value(), value(), value()};
    int64_t integers[] = {feed_.integer(), feed_.integer(), feed_.integer()};
    for (rondo_argument& argument : arguments) {
      argument = {};
      if (feed_.below(6) == 0) argument.name = feed_.below(2) == 0 ? "axis" : name();
      argument.kind = static_cast<rondo_argument_kind>(feed_.below(2) * feed_.below(8));
      argument.value = value();
      argument.values = feed_.below(16) == 0 ? nullptr : list;
      argument.integers = feed_.below(16) == 0 ? nullptr : integers;
      argument.count = static_cast<size_t>(feed_.below(4));
      argument.integer = feed_.integer();
      argument.number = static_cast<double>(feed_.integer()) / 2;
    }
    rondo_value results[3];
    const char* called =
        feed_.below(32) == 0 ? nullptr : functions[static_cast<size_t>(feed_.below(functions.size()))];
    rondo_builder_call(builder_, called, arguments.data(), arguments.size(), results, std::size(results));
    values_.insert(values_.end(), std::begin(results), std::end(results));
  }

  void subscript() {
    rondo_subscript subscripts[3];
    for (rondo_subscript& one : subscripts)
      one = {static_cast<int32_t>(feed_.below(2)),
             static_cast<int32_t>(feed_.below(2)),
             static_cast<int32_t>(feed_.below(2)),
             feed_.integer(),
             feed_.integer(),
             feed_.integer()};
    const rondo_value x = value();
    values_.push_back(rondo_builder_subscript(builder_, x, subscripts, static_cast<size_t>(feed_.below(4))));
    rondo_dtype dtype;
    int64_t extents[2];
    rondo_builder_type(builder_, values_.back(), &dtype, extents, std::size(extents));
  }

  void finish() {
    rondo_cell* cell = nullptr;
    rondo_messages* messages = nullptr;
    const rondo_status status = rondo_builder_finish(builder_, &cell, &messages);
    const std::unique_ptr<rondo_messages, void (*)(rondo_messages*)> said(messages, rondo_messages_free);
    if (status == RONDO_INTERNAL) throw std::logic_error(rondo_messages_text(messages));
    if (status == RONDO_WRONG && rondo_messages_count(messages) == 0)
      throw std::logic_error("refused without a reason");
    if (status != RONDO_OK) return;
    const std::unique_ptr<rondo_cell, void (*)(rondo_cell*)> made(cell, rondo_cell_free);
    require_readable(cell);
    change(cell);
  }

  // The text of a cell is that of the cell that is read from it.
  static std::string text_of(const rondo_cell* cell) {
    rondo_text* text = nullptr;
    if (rondo_cell_text(cell, &text) != RONDO_OK) throw std::logic_error("a cell without a text");
    std::string result(rondo_text_data(text), rondo_text_size(text));
    rondo_text_free(text);
    return result;
  }

  static void require_readable(const rondo_cell* cell) {
    const std::string text = text_of(cell);
    rondo_program* program = nullptr;
    rondo_cell* again = nullptr;
    rondo_messages* messages = nullptr;
    bool same = rondo_program_parse("again", text.data(), text.size(), &program, &messages) == RONDO_OK;
    rondo_messages_free(messages);
    same = same && rondo_program_cell(program, nullptr, nullptr, 0, &again, &messages) == RONDO_OK;
    if (program) rondo_messages_free(messages);
    same = same && text_of(again) == text;
    rondo_cell_free(again);
    rondo_program_free(program);
    if (!same) throw std::logic_error("the text of a cell does not read back:\n" + text);
  }

  void change(const rondo_cell* cell) {
    rondo_options options = RONDO_OPTIONS_INIT;
    if (feed_.below(8) == 0) options.size = static_cast<size_t>(feed_.integer());
    for (int32_t* option : {&options.go_backwards, &options.zero_output_for_mask, &options.masking,
                            &options.unroll, &options.flush_denormals})
      if (feed_.below(2) == 0) *option = static_cast<int32_t>(feed_.integer());
    for (int64_t* option : {&options.input_length, &options.time, &options.math})
      if (feed_.below(2) == 0) *option = feed_.integer();
    rondo_cell* changed = nullptr;
    rondo_messages* messages = nullptr;
    const rondo_status status = rondo_cell_with(cell, &options, &changed, &messages);
    rondo_messages_free(messages);
    if (status == RONDO_INTERNAL) throw std::logic_error("options make a mistake of Rondo's");
    if (status != RONDO_OK) return;
    require_readable(changed);
    rondo_cell_free(changed);
  }

  Feed& feed_;
  rondo_builder* builder_ = nullptr;
  std::vector<rondo_value> values_;
};

}  // namespace

void run_builder(Bytes bytes) {
  Feed feed(bytes);
  Building(feed).run();
}

}  // namespace rondo::fuzz
