// What a session has defined. No terminal, no files: those who read and those who print are elsewhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/text/program.h"
#include "ir/tensor.h"

namespace rondo::repl {

struct DefinedCell {
  std::string name;
  std::string text;  ///< as the user wrote it, with the comments above it
};

/// Where `:step` stands in the last call.
struct TimeCursor {
  int64_t sample = 0;
  std::optional<int64_t> step;
};

class Session {
 public:
  /// Takes the place of a cell of that name. A line that says what it declares; nothing, and nothing changed,
  /// where the text is not well-formed, or would not be with any sizes.
  std::optional<std::string> define(const std::string& text, ir::Diagnostics& diagnostics);
  const std::vector<DefinedCell>& cells() const { return cells_; }
  const DefinedCell* find_cell(const std::string& name) const;
  /// The cell with those that it uses above it. Reports a name that is not known.
  std::optional<text::Program> program(const std::string& cell, ir::Diagnostics& diagnostics) const;

  std::map<std::string, ir::Tensor> tensors;
  /// Options of calls that `:set` gave, by name without the dashes: {"unroll", "4"}, {"go-backwards", ""}.
  std::map<std::string, std::string> settings;
  /// Sizes of cells that `:set` gave, for those cells that have them.
  std::map<std::string, int64_t> sizes;
  /// The words of the last `run`: what is looked at where no call is named.
  std::string last_call;
  TimeCursor cursor;
  /// Where `:load` looks for names that are not absolute: the folder of the script at work.
  std::string folder;
  /// Scripts at work, each loaded by the one before.
  int scripts = 0;

  /// Those of `sizes` that the cell has as parameters.
  std::map<std::string, int64_t> sizes_of(const text::Program& program, const std::string& cell) const;

 private:
  std::string text_of(const std::string& cell) const;

  std::vector<DefinedCell> cells_;
};

/// Whether tensors have names that begin with `name` and a dot: what `r = run ...` and `w = load(...)` bind.
bool is_group(const std::map<std::string, ir::Tensor>& tensors, const std::string& name);

}  // namespace rondo::repl
