#include "frontend/python/kernel.h"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <mutex>
#include <unordered_map>

#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/aot/emit.h"
#include "frontend/engine/explanation.h"
#include "frontend/python/arrays.h"
#include "frontend/python/errors.h"
#include "frontend/python/tracing.h"
#include "frontend/text/program.h"
#include "ir/math.h"
#include "ir/printer.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

const engine::Engine& shared_engine() {
  static const engine::Engine engine(std::nullopt, engine::KernelCache::open_usual());
  return engine;
}

/// The kernels of this process by their text and the batch that is expected: all that shapes the code.
class Kernels {
 public:
  SharedKernel find_or_compile(ir::Recurrence recurrence, std::optional<int64_t> batch) {
    passes::Options options;
    if (batch) options.expected_batch = engine::usual_batch(*batch);
    const std::string text = fmt::format("{}{}", ir::print(recurrence), options.expected_batch.value_or(0));
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = by_text_.find(text); known != by_text_.end()) return known->second;
    }
    ir::Diagnostics diagnostics;
    std::optional<engine::Compiled> compiled;
    {
      const nb::gil_scoped_release released;
      compiled = shared_engine().compile(recurrence, options, diagnostics);
    }
    if (!compiled) raise_compile_error(diagnostics);
    auto kernel = std::make_shared<const Kernel>(
        Kernel{std::move(recurrence), options.expected_batch, std::move(*compiled)});
    const std::lock_guard lock(mutex_);
    if (by_text_.size() >= capacity) by_text_.clear();
    return by_text_.try_emplace(text, std::move(kernel)).first->second;
  }

 private:
  static constexpr size_t capacity =
      1024;  // a step function that makes a new graph each time must not fill memory
  std::mutex mutex_;
  std::unordered_map<std::string, SharedKernel> by_text_;
};

Kernels& kernels() {
  static auto& all = *new Kernels();
  return all;
}

ir::Masking masking_from(const std::string& word) {
  if (word == "mask") return ir::Masking::Mask;
  return word == "lengths" ? ir::Masking::Lengths : ir::Masking::None;
}

SharedKernel compile(Trace& trace, bool go_backwards, bool time_major, bool zero_output_for_mask,
                     const std::string& masking, const std::string& unroll,
                     std::optional<int64_t> input_length, std::optional<int64_t> time,
                     std::optional<int64_t> batch, bool flush_denormals, const std::string& math) {
  ir::Recurrence recurrence;
  recurrence.step = ir::with_math(trace.finish(), ir::math_from_name(math).value_or(ir::Math::Strict));
  recurrence.go_backwards = go_backwards;
  recurrence.time_major = time_major;
  recurrence.zero_output_for_mask = zero_output_for_mask;
  recurrence.masking = masking_from(masking);
  recurrence.unroll = ir::unroll_from_name(unroll).value_or(ir::Unroll::Auto);
  recurrence.input_length = input_length;
  recurrence.time = time;
  recurrence.flush_denormals = flush_denormals;
  return kernels().find_or_compile(std::move(recurrence), batch);
}

SharedKernel compile_text(const std::string& text, const std::string& name, std::optional<int64_t> batch) {
  ir::Diagnostics diagnostics;
  const auto source = std::make_shared<ir::SourceText>(ir::SourceText{name, text});
  const std::optional<text::Program> program = text::Program::parse(source, diagnostics);
  std::optional<ir::Recurrence> recurrence;
  if (program) recurrence = program->instantiate("", {}, {}, diagnostics);
  if (!recurrence) raise_compile_error(diagnostics);
  return kernels().find_or_compile(std::move(*recurrence), batch);
}

template <class Leaves>
std::vector<std::string> names_of(const Leaves& leaves) {
  std::vector<std::string> names;
  for (const auto& leaf : leaves) names.push_back(leaf.name);
  return names;
}

std::string explanation(const Kernel& kernel) {
  const passes::Pipeline& pipeline = kernel.compiled.pipeline;
  return engine::remarks_text(pipeline) + "\n" + engine::time_classes_text(pipeline);
}

std::map<std::string, ir::Tensor> tensors_by_name(const nb::dict& arrays) {
  std::map<std::string, ir::Tensor> tensors;
  for (const auto& [key, array] : arrays) {
    const auto name = nb::cast<std::string>(key);
    tensors[name] = tensor_of(view_of(array, name));
  }
  return tensors;
}

std::vector<ir::Target> targets_named(const std::string& target, const std::vector<std::string>& cpus) {
  ir::Diagnostics diagnostics;
  std::vector<ir::Target> targets;
  for (const std::string& cpu : cpus) {
    const std::optional<ir::Target> machine = codegen::machine_named(target, cpu, diagnostics);
    if (!machine) raise_argument_error(diagnostics);
    targets.push_back(*machine);
  }
  return targets;
}

std::vector<aot::FileKind> kinds_named(const std::vector<std::string>& names) {
  std::vector<aot::FileKind> kinds;
  for (const std::string& name : names) {
    const std::optional<aot::FileKind> kind = aot::file_kind_from_name(name);
    if (!kind)
      raise_value_error(fmt::format("emit: expected obj, header, asm, llvm or bc, found '{}'", name));
    kinds.push_back(*kind);
  }
  return kinds;
}

std::vector<std::string> save(const Kernel& kernel, const std::string& path, const nb::object& weights,
                              const std::string& target, const std::vector<std::string>& cpus,
                              const std::vector<std::string>& kinds) {
  ir::Diagnostics diagnostics;
  const std::optional<std::string> prefix = aot::prefix_of(path, diagnostics);
  if (!prefix) raise_argument_error(diagnostics);
  aot::Options options{*prefix, targets_named(target, cpus), {}, kinds_named(kinds), std::nullopt};
  options.passes.expected_batch = kernel.expected_batch;
  if (!weights.is_none()) options.weights = tensors_by_name(nb::borrow<nb::dict>(weights));
  std::optional<std::vector<std::string>> written;
  {
    const nb::gil_scoped_release released;
    const auto files = aot::emit(kernel.recurrence, options, diagnostics);
    if (files) written = aot::write(*files, path, diagnostics);
  }
  if (!written) raise_argument_error(diagnostics);
  return *written;
}

}  // namespace

void bind_kernel(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Kernel>(module, "Kernel",
                     "A compiled recurrence. Never changes; any number of threads may run it.")
      .def_prop_ro("inputs", [](const Kernel& k) { return names_of(k.recurrence.step.inputs); })
      .def_prop_ro("states", [](const Kernel& k) { return names_of(k.recurrence.step.states); })
      .def_prop_ro("constants", [](const Kernel& k) { return names_of(k.recurrence.step.constants); })
      .def_prop_ro("weights", [](const Kernel& k) { return names_of(k.recurrence.step.weights); })
      .def_prop_ro("code_bytes", [](const Kernel& k) { return k.compiled.kernel.code_bytes(); })
      .def_prop_ro("compile_milliseconds",
                   [](const Kernel& k) { return k.compiled.kernel.compile_milliseconds(); })
      .def_prop_ro("expected_batch", [](const Kernel& k) { return k.expected_batch; })
      .def("text", [](const Kernel& k) { return ir::print(k.recurrence); })
      .def("graph", [](const Kernel& k) { return ir::print(k.compiled.pipeline.recurrence); })
      .def("loops", [](const Kernel& k) { return ir::print(*k.compiled.pipeline.program); })
      .def("save", &save, "path"_a, "weights"_a.none(), "target"_a, "cpus"_a, "kinds"_a,
           "Writes an object, a header and the like; gives the names of the files.")
      .def("explain", &explanation)
      .def("llvm",
           [](const Kernel& k) {
             return codegen::llvm_text(*k.compiled.pipeline.program, shared_engine().target());
           })
      .def("asm", [](const Kernel& k) {
        return codegen::assembly_text(*k.compiled.pipeline.program, shared_engine().target());
      });
  module.def("compile", &compile, "trace"_a, nb::kw_only(), "go_backwards"_a, "time_major"_a,
             "zero_output_for_mask"_a, "masking"_a, "unroll"_a, "input_length"_a.none(), "time"_a.none(),
             "batch"_a.none(), "flush_denormals"_a = false, "math"_a = "strict");
  module.def("compile_text", &compile_text, "text"_a, "name"_a, "batch"_a.none());
  module.def("target", [] { return shared_engine().target().describe(); });
}

}  // namespace rondo::python
