#include "frontend/aot/emit.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
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

// The kernel for each target, with the passes' results that it is made from.
struct Kernels {
  std::vector<passes::Pipeline> pipelines;
  std::vector<codegen::KernelCode> code;
};

std::string fingerprint_of(const ir::Recurrence& recurrence, const Options& options, const Kernels& kernels) {
  uint64_t hash = 0;
  for (const codegen::KernelCode& code : kernels.code) {
    const std::string key = engine::kernel_key(recurrence, options.passes, code.target, "");
    hash = XXH3_64bits_withSeed(key.data(), key.size(), hash);
    if (code.prepared) hash = XXH3_64bits_withSeed(code.prepared->data(), code.prepared->size(), hash);
  }
  return fmt::format("{:016x}", hash);
}

Interface interface_of(const ir::Recurrence& recurrence, const Options& options, const Kernels& kernels) {
  Interface interface;
  interface.prefix = options.prefix;
  interface.cell = recurrence.step.name;
  interface.recurrence = recurrence;
  interface.targets = options.targets;
  interface.has_weights_inside = kernels.code[0].prepared.has_value();
  for (const codegen::KernelCode& code : kernels.code) {
    const int64_t prepared = code.prepared ? 0 : codegen::prepared_bytes(*code.program);
    interface.prepared_bytes = std::max(interface.prepared_bytes, prepared);
    interface.workspace_bytes =
        std::max(interface.workspace_bytes, codegen::workspace_bytes(*code.program, 1));
  }
  if (kernels.code.size() > 1) interface.prepared_bytes += codegen::choice_bytes;
  interface.fingerprint = fingerprint_of(recurrence, options, kernels);
  describe_arrays(*kernels.code[0].program, interface);
  return interface;
}

// Passes for each target; weights prepared where they are given.
std::optional<Kernels> make_kernels(const ir::Recurrence& recurrence, const Options& options,
                                    ir::Diagnostics& diagnostics) {
  Kernels kernels;
  for (const ir::Target& target : options.targets) {
    auto pipeline = passes::run_passes(recurrence, target, options.passes, diagnostics);
    if (!pipeline) return std::nullopt;
    if (!pipeline->program) {
      diagnostics.error("there is nothing to compile: --stop-after ended before the loop program was made");
      return std::nullopt;
    }
    pipeline->program->sharing = {};  // functions of an object file wait for nobody
    kernels.pipelines.push_back(std::move(*pipeline));
  }
  std::optional<std::vector<rondo_array>> weights;
  if (options.weights && !recurrence.step.weights.empty()) {
    weights = weight_arrays(recurrence.step, *options.weights, diagnostics);
    if (!weights) return std::nullopt;
  }
  for (size_t i = 0; i < options.targets.size(); ++i) {
    codegen::KernelCode code{&*kernels.pipelines[i].program, options.targets[i]};
    if (weights) {
      code.prepared = codegen::prepare_ahead(*code.program, code.target, *weights, diagnostics);
      if (!code.prepared) return std::nullopt;
    }
    kernels.code.push_back(std::move(code));
  }
  return kernels;
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
  if (!codegen::go_together(options.targets, diagnostics)) return std::nullopt;
  const std::optional<Kernels> kernels = make_kernels(recurrence, options, diagnostics);
  if (!kernels) return std::nullopt;
  std::vector<File> files;
  for (const FileKind kind : options.kinds)
    files.push_back(
        {kind, kind == FileKind::Header
                   ? header_text(interface_of(recurrence, options, *kernels))
                   : codegen::emit_code(kernels->code, options.prefix + "_kernel", form_of(kind))});
  return files;
}

std::optional<std::vector<std::string>> write(const std::vector<File>& files, const std::string& path,
                                              ir::Diagnostics& diagnostics) {
  // All are there before the first takes its name: an object and a header belong together.
  std::vector<std::string> names;
  std::vector<data::PendingFile> pending;
  for (const File& file : files) {
    names.push_back(path + std::string(suffix_of(file.kind)));
    std::optional<data::PendingFile> one = data::PendingFile::create(names.back(), diagnostics);
    if (!one || !one->write({std::as_bytes(std::span(file.bytes))}, diagnostics)) return std::nullopt;
    pending.push_back(std::move(*one));
  }
  for (data::PendingFile& file : pending)
    if (!file.commit(diagnostics)) return std::nullopt;
  return names;
}

std::optional<std::string> prefix_of(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::string last = path.substr(path.rfind('/') + 1);
  for (const KindNames& kind : kinds)
    if (last.size() > kind.suffix.size() && last.ends_with(kind.suffix)) {
      diagnostics.error(
          fmt::format("'{}' is the name of one file; leave '{}' out, as each file gets its own ending", path,
                      kind.suffix));
      return std::nullopt;
    }
  std::string prefix = c_name(last);
  if (is_c_name(prefix + "_run") && prefix[0] != '_') return prefix;
  diagnostics.error(fmt::format(
      "'{}' gives no prefix for names in C; end it in a word that begins with a letter, as in build/lstm",
      path));
  return std::nullopt;
}

}  // namespace rondo::aot
