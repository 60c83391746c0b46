#include "frontend/repl/evaluation.h"

#include <fmt/format.h>

#include "frontend/data/arrays.h"
#include "frontend/data/file_kind.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/flops.h"
#include "frontend/repl/sources.h"
#include "frontend/text/expression.h"
#include "ir/interpreter.h"

namespace rondo::repl {

namespace {

ir::Type type_of(const ir::Tensor& tensor) {
  return {tensor.dtype(), false, tensor.dims()};
}

// The tensors of the session, and those that the expression itself makes.
class Names : public text::Surroundings {
 public:
  Names(const Session& session, ir::Diagnostics& diagnostics)
      : session_(session), diagnostics_(diagnostics) {}

  std::optional<ir::Type> find(const std::string& name) const override {
    const auto found = session_.tensors.find(name);
    if (found == session_.tensors.end()) return std::nullopt;
    return type_of(found->second);
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : session_.tensors) names.push_back(name);
    return names;
  }

  std::string explain(std::string_view name) const override {
    if (!session_.find_cell(std::string(name))) return {};
    return fmt::format("'{0}' is a cell; run it, as in 'run {0} x'", name);
  }

  std::span<const text::Function> functions() const override { return source_functions(); }

  std::optional<text::NamedType> call(const text::Function& function, const text::Arguments& arguments,
                                      const ir::Location& where) override {
    std::optional<ir::Tensor> tensor = make_tensor(function, arguments, where, diagnostics_);
    if (!tensor) return std::nullopt;
    return keep(std::move(*tensor));
  }

  text::NamedType literal(const ir::Dims& dims, const std::vector<double>& elements) override {
    return keep(ir::Tensor::of(ir::DType::F32, dims, elements));
  }

  const ir::Tensor& at(const std::string& name) const {
    const auto found = made_.find(name);
    return found == made_.end() ? session_.tensors.at(name) : found->second;
  }

 private:
  // A name that no user can write.
  text::NamedType keep(ir::Tensor tensor) {
    const std::string name = fmt::format("made here {}", made_.size());
    const ir::Type type = type_of(tensor);
    made_.emplace(name, std::move(tensor));
    return {name, type};
  }

  const Session& session_;
  ir::Diagnostics& diagnostics_;
  std::map<std::string, ir::Tensor> made_;
};

double bytes_of_all(const ir::StepGraph& graph) {
  double bytes = 0;
  for (int32_t i = 0; i < graph.size(); ++i) {
    const ir::Type& type = graph.type(ir::NodeId{i});
    bytes += static_cast<double>(type.count()) * static_cast<double>(ir::size_of(type.dtype));
  }
  return bytes;
}

bool fits_memory(const ir::StepGraph& graph, ir::Diagnostics& diagnostics) {
  const double bytes = bytes_of_all(graph);
  if (bytes <= static_cast<double>(max_tensor_bytes)) return true;
  diagnostics.error(fmt::format("the values of this expression would take {:.3g} GB; at most {:.3g} are made",
                                bytes / 1e9, static_cast<double>(max_tensor_bytes) / 1e9));
  return false;
}

// Small work at once by the interpreter; large work by code of its own, which gives the same bits.
std::optional<ir::Results> run(const ir::Recurrence& recurrence, const ir::Arguments& arguments,
                               ir::Diagnostics& diagnostics) {
  constexpr double worth_compiling = 1e6;
  if (engine::flops_of_step(recurrence.step) + bytes_of_all(recurrence.step) < worth_compiling)
    return ir::interpret(recurrence, arguments, diagnostics);
  const engine::Engine engine(std::nullopt, engine::KernelCache::open_usual());
  const auto compiled = engine.compile(recurrence, {}, diagnostics);
  if (!compiled) return std::nullopt;
  return engine::run(compiled->kernel, arguments, diagnostics);
}

// A result without the axes of batch and time, both of extent 1.
ir::Tensor without_leading_axes(const ir::Tensor& tensor) {
  ir::Tensor out(tensor.dtype(), ir::Dims(tensor.dims().begin() + 2, tensor.dims().end()));
  std::copy_n(tensor.bytes(), tensor.byte_count(), out.bytes());
  return out;
}

// `w = load("w.npz")` with several arrays in the file: each under its own name below `w`.
std::optional<std::vector<NamedTensor>> load_group(const std::string& name, const std::string& path,
                                                   ir::Diagnostics& diagnostics) {
  auto arrays = data::read_arrays(path, diagnostics);
  if (!arrays) return std::nullopt;
  std::vector<NamedTensor> group;
  for (auto& [member, tensor] : *arrays)
    group.push_back({arrays->size() == 1 ? name : fmt::format("{}.{}", name, member), std::move(tensor)});
  return group;
}

}  // namespace

std::optional<std::vector<NamedTensor>> evaluate(const Session& session, const std::string& text,
                                                 ir::Diagnostics& diagnostics) {
  const auto source = std::make_shared<const ir::SourceText>(ir::SourceText{"input", text});
  const auto expression = text::Expression::parse(source, diagnostics);
  if (!expression) return std::nullopt;
  const std::vector<std::string> targets = expression->targets();
  const std::optional<std::string> path = expression->sole_text_call("load");
  if (path && targets.size() == 1 && !data::has_extension(*path, ".npy"))
    return load_group(targets[0], *path, diagnostics);
  Names names(session, diagnostics);
  const std::optional<ir::Recurrence> recurrence = expression->build(names, diagnostics);
  if (!recurrence || !fits_memory(recurrence->step, diagnostics)) return std::nullopt;
  ir::Arguments arguments;
  arguments.inputs.emplace(text::idle_input, ir::Tensor(ir::DType::F32, {1, 1, 1}));
  for (const ir::Leaf& leaf : recurrence->step.weights)
    arguments.weights.emplace(leaf.name, names.at(leaf.name));
  const std::optional<ir::Results> results = run(*recurrence, arguments, diagnostics);
  if (!results) return std::nullopt;
  std::vector<NamedTensor> values;
  for (size_t i = 0; i < results->outputs.size(); ++i)
    values.push_back({targets.empty() ? "" : targets[i], without_leading_axes(results->outputs[i])});
  return values;
}

std::optional<ir::Tensor> evaluate_one(const Session& session, const std::string& text,
                                       ir::Diagnostics& diagnostics) {
  // A tensor by its name needs no work.
  if (const auto found = session.tensors.find(text); found != session.tensors.end()) return found->second;
  auto values = evaluate(session, text, diagnostics);
  if (!values) return std::nullopt;
  if (values->size() == 1) return std::move(values->front().tensor);
  diagnostics.error(fmt::format("'{}' is {} values; one is wanted here", text, values->size()));
  return std::nullopt;
}

}  // namespace rondo::repl
