// Recurrences compiled ahead of time, into files that any program links: what `rondo compile` and the
// libraries save objects with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/recurrence.h"
#include "ir/target.h"
#include "ir/tensor.h"
#include "passes/context.h"

namespace rondo::aot {

enum class FileKind { Object, Header, Assembly, LlvmText, Bitcode };

/// "obj", "header", "asm", "llvm", "bc"; ".o", ".h", ".s", ".ll", ".bc".
std::string_view name_of(FileKind kind);
std::optional<FileKind> file_kind_from_name(std::string_view name);
std::string_view suffix_of(FileKind kind);

struct Options {
  std::string prefix;  ///< of all names in C: an identifier
  /// One; or several levels of x86-64 in rising order, among which the object picks when weights are
  /// prepared.
  std::vector<ir::Target> targets;
  passes::Options passes;
  std::vector<FileKind> kinds{FileKind::Object, FileKind::Header};
  /// All weights by name: they become part of the object. Without, they are arguments of its prepare
  /// function.
  std::optional<std::map<std::string, ir::Tensor>> weights;
};

struct File {
  FileKind kind;
  std::string bytes;
};

/// The files, in the order of `options.kinds`; the same arguments give the same bytes. Nothing, and
/// diagnostics, where the recurrence, an option or a weight is wrong.
std::optional<std::vector<File>> emit(const ir::Recurrence& recurrence, const Options& options,
                                      ir::Diagnostics& diagnostics);

/// Writes each file to `path` with its suffix behind it, whole or not at all. The names of the files;
/// nothing, and a diagnostic, where one cannot be written.
std::optional<std::vector<std::string>> write(const std::vector<File>& files, const std::string& path,
                                              ir::Diagnostics& diagnostics);

/// The prefix that goes with a path: its last part, other characters than those of C as underscores
/// ("build/my-lstm": my_lstm). Nothing, and a diagnostic, where that is no name in C.
std::optional<std::string> prefix_of(const std::string& path, ir::Diagnostics& diagnostics);

}  // namespace rondo::aot
