// An expression that stands on its own, outside any cell: what the REPL binds and prints. All that the
// language has within cells it has here too, over tensors of any shape: nothing is a sample, nothing is a
// step.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/text/functions.h"
#include "ir/recurrence.h"

namespace rondo::text {

struct File;

struct NamedType {
  std::string name;
  ir::Type type;
};

/// What an expression finds around it: tensors by name, and functions that make tensors of nothing.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  virtual std::optional<ir::Type> find(const std::string& name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  /// What a name stands for that is no tensor, in words and with what to do; empty where it stands for
  /// nothing.
  virtual std::string explain(std::string_view name) const = 0;

  /// Functions beside those of the language; what they take are numbers and texts. `Function::build` is not
  /// asked.
  virtual std::span<const Function> functions() const = 0;
  /// Runs one of them, and keeps the tensor under a name of its own. Nothing, and a diagnostic, where that
  /// cannot be.
  virtual std::optional<NamedType> call(const Function& function, const Arguments& arguments,
                                        const ir::Location& where) = 0;
  /// Keeps the elements of a list, `[[1, 2], [3, 4]]`, row-major, in the same way.
  virtual NamedType literal(const ir::Dims& dims, const std::vector<double>& elements) = 0;
};

/// `a, b = expression`, or `expression` alone; parts of the latter may stand side by side with commas.
class Expression {
 public:
  static std::optional<Expression> parse(std::shared_ptr<const ir::SourceText> source,
                                         ir::Diagnostics& diagnostics);

  /// The names that it binds; none where it is there to be looked at.
  std::vector<std::string> targets() const;

  /// The text that `function` is given, where the value is that call and no more: `load("w.npz")`.
  std::optional<std::string> sole_text_call(std::string_view function) const;

  /// A cell with the tensors it reads as weights and the values as outputs, one for each target. It has one
  /// input, f32[1], which nothing reads: run it over one step of one sample.
  std::optional<ir::Recurrence> build(Surroundings& surroundings, ir::Diagnostics& diagnostics) const;

 private:
  explicit Expression(std::shared_ptr<const File> file) : file_(std::move(file)) {}

  std::shared_ptr<const File> file_;
};

/// The name of the input that nothing reads.
inline constexpr const char* idle_input = "idle input";

}  // namespace rondo::text
