// A file of the text language: what the command line, the REPL and the libraries read cells with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/recurrence.h"

namespace rondo::text {

struct File;

/// A parsed file with its cells. Copies share the text.
class Program {
 public:
  /// Nothing where the text is not well-formed; all that could be found wrong is reported.
  static std::optional<Program> parse(std::shared_ptr<const ir::SourceText> source,
                                      ir::Diagnostics& diagnostics);

  /// Names of the cells, in the order of the file.
  std::vector<std::string> cells() const;

  /// Names of a cell's parameters; none where there is no such cell.
  std::vector<std::string> parameters(const std::string& cell) const;

  /// Those of them that have no default, so that the caller or the shapes of arrays must tell them.
  std::vector<std::string> open_parameters(const std::string& cell) const;

  /// Builds a cell (the last where `cell` is empty). Its parameters are those in `settings`, else what the
  /// shapes of given arrays tell (per sample, by the name of the leaf: `f32[features, 3*units]` with 8 and
  /// 192), else defaults. The options of the file are set, but not yet validated: the caller may override
  /// them.
  std::optional<ir::Recurrence> instantiate(const std::string& cell,
                                            const std::map<std::string, int64_t>& settings,
                                            const std::map<std::string, ir::Dims>& known_shapes,
                                            ir::Diagnostics& diagnostics) const;

 private:
  explicit Program(std::shared_ptr<const File> file) : file_(std::move(file)) {}

  std::shared_ptr<const File> file_;
};

}  // namespace rondo::text
