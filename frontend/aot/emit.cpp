#include "frontend/aot/emit.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "codegen/object_file.h"
#include "frontend/aot/c_names.h"
#include "frontend/aot/header.h"
#include "frontend/data/pending_file.h"
#include "frontend/engine/kernel_key.h"
#include "passes/pass_manager.h"

namespace rondo::aot {

namespace {

struct KindNames {
  FileKind kind;
  std::string_view name, suffix;
};
constexpr std::array<KindNames, 5> kinds = {{{FileKind::Object, "obj", ".o"},
                                             {FileKind::Header, "header", ".h"},
                                             {FileKind::Assembly, "asm", ".s"},
                                             {FileKind::LlvmText, "llvm", ".ll"},
                                             {FileKind::Bitcode, "bc", ".bc"}}};

const KindNames& names_of(FileKind kind) {
  return kinds[static_cast<size_t>(kind)];
}

// The weights in the order of the kernel's signature. Reports all that are missing or do not fit.
std::optional<std::vector<rondo_array>> weight_arrays(const ir::StepGraph& step,
                                                      const std::map<std::string, ir::Tensor>& weights,
                                                      ir::Diagnostics& diagnostics) {
  const int before = diagnostics.error_count();
  std::vector<rondo_array> arrays;
  for (const ir::Leaf& leaf : step.weights) {
    const ir::Type& type = step.type(leaf.node);
    const auto found = weights.find(leaf.name);
    if (found == weights.end()) {
      diagnostics.error(fmt::format("there is no array for weight '{}'", leaf.name));
      continue;
    }
    const ir::Tensor& tensor = found->second;
    if (tensor.dtype() != type.dtype || tensor.dims() != type.dims)
      diagnostics.error(fmt::format("weight '{}' should be {}, but the array given is {}{}", leaf.name,
                                    ir::to_string(type), ir::name_of(tensor.dtype()),
                                    ir::to_string(tensor.dims())));
    arrays.push_back({const_cast<std::byte*>(tensor.bytes()), 0, 0});  // only read
  }
  if (diagnostics.error_count() > before) return std::nullopt;
  return arrays;
}

std::string fingerprint_of(const ir::Recurrence& recurrence, const Options& options,
                           const codegen::KernelCode& code) {
  const std::string key = engine::kernel_key(recurrence, options.passes, options.target, "");
  uint64_t hash = XXH3_64bits(key.data(), key.size());
  if (code.prepared) hash = XXH3_64bits_withSeed(code.prepared->data(), code.prepared->size(), hash);
  return fmt::format("{:016x}", hash);
}

Interface interface_of(const ir::Recurrence& recurrence, const Options& options,
                       const codegen::KernelCode& code) {
  Interface interface;
  interface.prefix = options.prefix;
  interface.cell = recurrence.step.name;
  interface.recurrence = recurrence;
  interface.targets = {options.target};
  interface.has_weights_inside = code.prepared.has_value();
  interface.prepared_bytes = codegen::prepared_bytes(*code.program);
  interface.workspace_bytes = codegen::workspace_bytes(*code.program, 1);
  interface.fingerprint = fingerprint_of(recurrence, options, code);
  describe_arrays(*code.program, interface);
  return interface;
}

codegen::CodeForm form_of(FileKind kind) {
  switch (kind) {
    case FileKind::Object:
      return codegen::CodeForm::Object;
    case FileKind::Assembly:
      return codegen::CodeForm::Assembly;
    case FileKind::LlvmText:
      return codegen::CodeForm::LlvmText;
    case FileKind::Bitcode:
      return codegen::CodeForm::Bitcode;
    case FileKind::Header:
      break;
  }
  RONDO_CHECK(false, "a header is no code");
}

}  // namespace

std::string_view name_of(FileKind kind) {
  return names_of(kind).name;
}

std::string_view suffix_of(FileKind kind) {
  return names_of(kind).suffix;
}

std::optional<FileKind> file_kind_from_name(std::string_view name) {
  for (const KindNames& entry : kinds)
    if (entry.name == name) return entry.kind;
  return std::nullopt;
}

std::optional<std::vector<File>> emit(const ir::Recurrence& recurrence, const Options& options,
                                      ir::Diagnostics& diagnostics) {
  RONDO_CHECK(is_c_name(options.prefix), "a prefix that is no name in C: " + options.prefix);
  if (!ir::validate(recurrence, diagnostics)) return std::nullopt;
  const std::optional<passes::Pipeline> pipeline =
      passes::run_passes(recurrence, options.target, options.passes, diagnostics);
  if (!pipeline) return std::nullopt;
  if (!pipeline->program) {
    diagnostics.error("there is nothing to compile: --stop-after ended before the loop program was made");
    return std::nullopt;
  }
  codegen::KernelCode code{&*pipeline->program, options.target};
  if (options.weights && !recurrence.step.weights.empty()) {
    const auto arrays = weight_arrays(recurrence.step, *options.weights, diagnostics);
    if (!arrays) return std::nullopt;
    code.prepared = codegen::prepare_ahead(*code.program, options.target, *arrays, diagnostics);
    if (!code.prepared) return std::nullopt;
  }
  std::vector<File> files;
  for (const FileKind kind : options.kinds)
    files.push_back({kind, kind == FileKind::Header
                               ? header_text(interface_of(recurrence, options, code))
                               : codegen::emit_code(code, options.prefix + "_kernel", form_of(kind))});
  return files;
}

std::optional<std::vector<std::string>> write(const std::vector<File>& files, const std::string& path,
                                              ir::Diagnostics& diagnostics) {
  std::vector<std::string> written;
  for (const File& file : files) {
    written.push_back(path + std::string(suffix_of(file.kind)));
    if (!data::write_file(written.back(), {std::as_bytes(std::span(file.bytes))}, diagnostics))
      return std::nullopt;
  }
  return written;
}

std::optional<std::string> prefix_of(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::string last = path.substr(path.rfind('/') + 1);
  const std::string prefix = c_name(last);
  if (is_c_name(prefix) && prefix[0] != '_') return prefix;
  diagnostics.error(fmt::format(
      "'{}' gives no prefix for names in C; end it in a word that begins with a letter, as in build/lstm",
      path));
  return std::nullopt;
}

}  // namespace rondo::aot
