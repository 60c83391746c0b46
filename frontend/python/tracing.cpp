#include "frontend/python/tracing.h"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <span>

#include "frontend/python/arrays.h"
#include "frontend/python/errors.h"
#include "frontend/python/frames.h"
#include "frontend/python/recent_arrays.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

using Handles = std::span<const nb::handle>;

std::vector<nb::handle> handles_of(const nb::args& arguments) {
  return {arguments.begin(), arguments.end()};
}

/// What `rondo.TracedArray` derives from.
struct TracedObject {
  std::shared_ptr<Trace> trace;
  Traced traced;
  ir::Location where;  // that made it; of a leaf none

  Operand operand() const { return {traced, nullptr}; }
};

// The Python class of traced values; registered when the package is imported.
nb::handle& traced_type() {
  static nb::handle type;
  return type;
}

bool is_traced(nb::handle object) {
  return nb::isinstance<TracedObject>(object);
}

const text::Function& function_named(std::string_view name) {
  static const auto& by_name = *new std::unordered_map<std::string_view, const text::Function*>([] {
    std::unordered_map<std::string_view, const text::Function*> functions;
    for (const text::Function& function : text::functions()) functions[function.name] = &function;
    return functions;
  }());
  const auto found = by_name.find(name);
  if (found == by_name.end()) raise_value_error(fmt::format("Rondo has no function '{}'", name));
  return *found->second;
}

// The trace that the first traced value among the operands belongs to.
Trace& trace_of(Handles operands) {
  for (nb::handle operand : operands)
    if (is_traced(operand)) return *nb::cast<TracedObject&>(operand).trace;
  PyErr_SetString(PyExc_TypeError,
                  "none of the operands is a value of a step function that is being traced; outside of step "
                  "functions use numpy");
  throw nb::python_error();
}

// A parameter of a function as what it is to be, or a TypeError of Python's kind.
template <class T>
T parameter_from(nb::handle object, std::string_view name, const char* wanted) {
  T value{};
  if (nb::try_cast(object, value)) return value;
  PyErr_Clear();
  raise_wrong_type(name, wanted, object);
}

nb::object elementwise(const text::Function& function, Handles arguments) {
  Trace& trace = trace_of(arguments);
  BatchedBuilder& builder = trace.here();
  std::vector<Operand> operands;
  std::vector<double> numbers;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool tensor =
        i < function.parameters.size() && function.parameters[i].kind == text::ArgumentKind::Tensor;
    if (tensor)
      operands.push_back(trace.operand(arguments[i]));
    else
      numbers.push_back(parameter_from<double>(arguments[i], function.name, "given a number"));
  }
  return trace.wrap(builder.elementwise(function, operands, numbers));
}

nb::object elementwise_by_name(const std::string& name, const nb::args& arguments) {
  return elementwise(function_named(name), handles_of(arguments));
}

nb::object matmul(nb::handle a, nb::handle b) {
  Trace& trace = trace_of(std::array{a, b});
  BatchedBuilder& builder = trace.here();
  return trace.wrap(builder.matmul(trace.operand(a), trace.operand(b)));
}

nb::object concatenate(const nb::args& parts, int axis) {
  Trace& trace = trace_of(handles_of(parts));
  BatchedBuilder& builder = trace.here();
  std::vector<Operand> operands;
  for (nb::handle part : parts) operands.push_back(trace.operand(part));
  return trace.wrap(builder.concatenate(operands, axis));
}

// Parameters of a function over one sample, as Python gives them; None is what is left out.
text::ArgumentValue argument_from(Trace& trace, const text::Parameter& parameter, nb::handle object,
                                  bool& batched) {
  using enum text::ArgumentKind;
  text::ArgumentValue argument;
  if (object.is_none()) return argument;
  argument.given = true;
  switch (parameter.kind) {
    case Tensor: {
      const Traced traced = trace.builder().shared(trace.operand(object));
      argument.tensor = traced.value;
      batched = batched || traced.batched;
      break;
    }
    case Tensors:
      raise_value_error("'concatenate' and 'stack' have functions of their own");
    case Integer:
      argument.integers = {parameter_from<int64_t>(object, parameter.name, "an integer")};
      break;
    case Number:
      argument.number = parameter_from<double>(object, parameter.name, "a number");
      break;
    case Flag:
      argument.flag = nb::cast<bool>(object);
      break;
    case Integers:
    case Axes:
      argument.is_list = !nb::isinstance<nb::int_>(object);
      argument.integers = argument.is_list ? nb::cast<std::vector<int64_t>>(object)
                                           : std::vector<int64_t>{nb::cast<int64_t>(object)};
      break;
    case Extents:
    case Text:
      // Of functions that make arrays (frontend/repl): no function of a step has such a parameter.
      raise_value_error(fmt::format("'{}' is no parameter of a step", parameter.name));
  }
  return argument;
}

nb::object per_sample(const std::string& name, const nb::args& given) {
  const text::Function& function = function_named(name);
  Trace& trace = trace_of(handles_of(given));
  BatchedBuilder& builder = trace.here();
  bool batched = false;
  text::Arguments arguments;
  for (size_t i = 0; i < function.parameters.size(); ++i)
    arguments.push_back(argument_from(trace, function.parameters[i],
                                      i < given.size() ? nb::handle(given[i]) : nb::handle(Py_None),
                                      batched));
  const std::vector<Traced> results = builder.per_sample(function, arguments, batched);
  if (name != "split") return trace.wrap(results.front());
  check(builder.diagnostics());
  nb::list pieces;
  for (const Traced& result : results) pieces.append(trace.wrap(result));
  return pieces;
}

// One subscript: an index or a slice.
ir::Subscript subscript_from(nb::handle object) {
  if (nb::isinstance<nb::int_>(object)) return {true, nb::cast<int64_t>(object), std::nullopt, 1};
  const auto part = [object](const char* name) {
    return parameter_from<std::optional<int64_t>>(object.attr(name), name, "an integer or None");
  };
  return {false, part("start"), part("stop"), part("step").value_or(1)};
}

nb::object subscript(const TracedObject& x, const nb::sequence& subscripts) {
  std::vector<ir::Subscript> resolved;
  for (nb::handle each : subscripts) resolved.push_back(subscript_from(each));
  BatchedBuilder& builder = x.trace->here();
  return x.trace->wrap(builder.subscript(x.traced, resolved));
}

nb::tuple shape_of(const TracedObject& x) {
  nb::list extents;
  const BatchedBuilder& builder = x.trace->builder();
  if (x.traced.batched) extents.append(nb::cast(builder.batch()));
  for (int64_t extent : x.trace->builder().graph().type(x.traced.value).dims) extents.append(extent);
  return nb::tuple(extents);
}

nb::object dtype_object(const TracedObject& x) {
  return numpy_dtype(x.trace->builder().graph().type(x.traced.value).dtype);
}

nb::object as_shared(const TracedObject& like, nb::handle value) {
  BatchedBuilder& builder = like.trace->here();
  return like.trace->wrap(builder.shared(like.trace->operand(value)));
}

nb::object as_rows(const TracedObject& like, nb::handle value) {
  BatchedBuilder& builder = like.trace->here();
  return like.trace->wrap(builder.batched(like.trace->operand(value), "an array beside traced ones"));
}

nb::object as_batched(const TracedObject& like, nb::handle value) {
  BatchedBuilder& builder = like.trace->here();
  Traced traced = builder.shared(like.trace->operand(value));
  traced.batched = true;
  return like.trace->wrap(traced);
}

[[noreturn]] void refuse(const TracedObject& x, const std::string& message) {
  x.trace->here();
  x.trace->refuse(message);
}

struct Operator {
  const char *slot, *function;
};
constexpr Operator arithmetic[] = {
    {"add", "add"}, {"sub", "subtract"}, {"mul", "multiply"}, {"truediv", "divide"}};
constexpr Operator comparisons[] = {{"lt", "less"},          {"le", "less_equal"}, {"gt", "greater"},
                                    {"ge", "greater_equal"}, {"eq", "equal"},      {"ne", "not_equal"}};
constexpr Operator unary[] = {{"neg", "negative"}, {"abs", "abs"}};

// Operators by the functions of the language that they are.
struct Operators {
  template <class Class>
  static void bind(Class& type) {
    for (const Operator& each : arithmetic) binary(type, each, true);
    for (const Operator& each : comparisons) binary(type, each, false);
    for (const Operator& each : unary) {
      const text::Function& f = function_named(each.function);
      type.def(fmt::format("__{}__", each.slot).c_str(),
               [&f](nb::handle self) { return elementwise(f, std::array{self}); });
    }
    type.def("__matmul__", &matmul);
    type.def("__rmatmul__", [](nb::handle self, nb::handle other) { return matmul(other, self); });
  }

 private:
  template <class Class>
  static void binary(Class& type, const Operator& op, bool reversed) {
    const text::Function& f = function_named(op.function);
    type.def(
        fmt::format("__{}__", op.slot).c_str(),
        [&f](nb::handle self, nb::handle other) { return elementwise(f, std::array{self, other}); },
        nb::is_operator());
    if (!reversed) return;
    type.def(
        fmt::format("__r{}__", op.slot).c_str(),
        [&f](nb::handle self, nb::handle other) { return elementwise(f, std::array{other, self}); },
        nb::is_operator());
  }
};

bool is_numpy_scalar(nb::handle object) {
  static const nb::handle generic = nb::object(nb::module_::import_("numpy").attr("generic")).release();
  return PyObject_TypeCheck(object.ptr(), reinterpret_cast<PyTypeObject*>(generic.ptr())) != 0;
}

// A number of Python's own or of a class derived from it, such as an enum, which takes the type that it
// meets; numpy's scalars, and True and False, have one.
std::optional<ir::Value> bare_number(nb::handle object) {
  if (PyBool_Check(object.ptr()) || is_numpy_scalar(object)) return std::nullopt;
  if (PyFloat_Check(object.ptr())) return ir::Value(ir::LiteralValue{PyFloat_AS_DOUBLE(object.ptr())});
  if (!PyLong_Check(object.ptr())) return std::nullopt;
  int overflow = 0;
  const int64_t number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow != 0) raise_value_error("an integer of more than 64 bits; write it as a float");
  return ir::Value(ir::LiteralValue{number});
}

ir::LiteralValue literal_from(nb::handle scalar, ir::DType dtype) {
  if (ir::is_float(dtype)) return {nb::cast<double>(nb::float_(scalar))};
  return {nb::cast<int64_t>(nb::int_(scalar))};
}

constexpr const char* operand_text = "an operand of the step function";

}  // namespace

BatchedBuilder& Trace::here() {
  if (finished_) {
    PyErr_SetString(
        PyExc_RuntimeError,
        "this value belongs to a step function that has been traced to its end; it has no numbers, "
        "and what is computed of it is to be computed within the step function");
    throw nb::python_error();
  }
  builder_.graph().at(current_location());
  return builder_;
}

nb::object Trace::wrap(const Traced& traced) {
  check(builder_.diagnostics());
  Traced value = traced;
  value.value = ir::Value(builder_.graph().materialize(value.value));
  const nb::object object = nb::inst_alloc(traced_type());
  new (nb::inst_ptr<TracedObject>(object)) TracedObject{shared_from_this(), value, builder_.graph().where()};
  nb::inst_mark_ready(object);
  return object;
}

nb::object Trace::leaf(ir::Value value, bool batched) {
  return wrap({value, batched});
}

nb::object Trace::input(const std::string& name, nb::handle dtype, const ir::Dims& dims) {
  return leaf(builder_.graph().input(name, dtype_from(dtype, name), dims), true);
}
nb::object Trace::state(const std::string& name, nb::handle dtype, const ir::Dims& dims) {
  return leaf(builder_.graph().state(name, dtype_from(dtype, name), dims), true);
}
nb::object Trace::constant(const std::string& name, nb::handle dtype, const ir::Dims& dims) {
  return leaf(builder_.graph().constant(name, dtype_from(dtype, name), dims), true);
}
nb::object Trace::weight(const std::string& name, nb::handle dtype, const ir::Dims& dims) {
  return leaf(builder_.graph().weight(name, dtype_from(dtype, name), dims), false);
}

void Trace::name(nb::handle array, std::string name) {
  names_.emplace(array.ptr(), std::move(name));
}

Operand Trace::operand(nb::handle object) {
  if (is_traced(object)) {
    const TracedObject& traced = nb::cast<TracedObject&>(object);
    if (traced.trace.get() != this) {
      PyErr_SetString(PyExc_RuntimeError,
                      "this value belongs to another step function, or another trace of it; a step function "
                      "computes with what it is given, and with arrays");
      throw nb::python_error();
    }
    return traced.operand();
  }
  if (PyBool_Check(object.ptr()))
    return {{builder_.graph().literal({int64_t{object.is(Py_True)}}, ir::DType::Bool), false}, nullptr};
  if (object.is_none()) refuse("found None where an array or a number is meant");
  try {
    if (const std::optional<ir::Value> number = bare_number(object)) return {{*number, false}, nullptr};
    return is_numpy_scalar(object) ? scalar(object) : capture(object);
  } catch (nb::python_error& problem) {
    // Traced arrays in a list were refused already.
    if (!problem.matches(PyExc_ValueError) || builder_.diagnostics().has_errors()) throw;
    refuse(nb::cast<std::string>(nb::str(problem.value())));
  }
}

void Trace::refuse(const std::string& message) {
  builder_.graph().error(message);
  raise_compile_error(builder_.diagnostics());
}

Operand Trace::scalar(nb::handle object) {
  const ir::DType dtype = dtype_from(object.attr("dtype"), operand_text);
  return {{builder_.graph().literal(literal_from(object, dtype), dtype), false}, nullptr};
}

Operand Trace::capture(nb::handle object) {
  const ArrayView view = view_of(object, operand_text);
  if (const auto known = captured_.find(object.ptr()); known != captured_.end()) {
    const auto& [array, copy, captured] = arrays_[known->second];
    const bool same_type = view.dtype == captured->dtype && view.dims == captured->dims;
    if (same_type && same_bytes(view, view_of(copy, operand_text))) return {{}, captured};
  }
  Captured& captured = builder_.capture(name_of_capture(object), view.dtype, view.dims);
  captured_[object.ptr()] = arrays_.size();
  arrays_.push_back(
      {nb::borrow(object), transient_ ? recent_arrays().copy_of(view) : copy_of(view), &captured});
  return {{}, &captured};
}

std::string Trace::name_of_capture(nb::handle array) const {
  const auto known = names_.find(array.ptr());
  const bool free = known != names_.end() && !captured_.contains(array.ptr());
  return free ? known->second : fmt::format("w{}", builder_.captures().size());
}

// What a step function gives is looked at when it is done: mistakes are where the value was made.
void Trace::at_origin(nb::handle value) {
  builder_.graph().at(is_traced(value) ? nb::cast<TracedObject&>(value).where : ir::Location());
}

void Trace::set_output(const std::string& name, nb::handle value) {
  at_origin(value);
  const Traced traced = builder_.batched(operand(value), "the output of the step function");
  check(builder_.diagnostics());
  builder_.graph().output(name, traced.value);
}

void Trace::set_next(const std::string& state, nb::handle value) {
  at_origin(value);
  const Traced traced = builder_.batched(operand(value), fmt::format("the new state '{}'", state));
  check(builder_.diagnostics());
  builder_.graph().set_next(state, traced.value);
  check(builder_.diagnostics());
}

ir::StepGraph Trace::finish() {
  std::optional<ir::StepGraph> step = builder_.graph().finish();
  if (!step) raise_compile_error(builder_.diagnostics());
  finished_ = true;
  return std::move(*step);
}

nb::list Trace::captures() const {
  nb::list list;
  const auto name_or_none = [](bool used, const std::string& name) -> nb::object {
    if (!used) return nb::none();
    return nb::cast(name);
  };
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Captured& captured = builder_.captures()[i];
    list.append(nb::make_tuple(arrays_[i].copy, name_or_none(!captured.shared.is_nothing(), captured.name),
                               name_or_none(!captured.rows.is_nothing(), captured.name + ".rows")));
  }
  return list;
}

namespace {

// What makes values is typed as giving anything: `rondo.TracedArray`, of which the extension module knows
// nothing.
void bind_functions(nb::module_& module) {
  using namespace nb::literals;
  module.def("register_traced_type", [](nb::handle python_type) { traced_type() = python_type.inc_ref(); });
  module.def("skip_frames_of", &skip_frames_of, "prefix"_a);
  module.def("elementwise", &elementwise_by_name, "name"_a, "operands"_a,
             nb::sig("def elementwise(name: str, *operands: object) -> typing.Any"),
             "A function of the language whose operands meet element by element.");
  module.def("matmul", &matmul, "a"_a, "b"_a, nb::sig("def matmul(a: object, b: object) -> typing.Any"));
  module.def("concatenate", &concatenate, "parts"_a, nb::kw_only(), "axis"_a,
             nb::sig("def concatenate(*parts: object, axis: int) -> typing.Any"));
  module.def("per_sample", &per_sample, "name"_a, "arguments"_a,
             nb::sig("def per_sample(name: str, *arguments: object) -> typing.Any"),
             "A function of the language over the shapes and axes of one sample.");
  module.def("subscript", &subscript, "x"_a, "subscripts"_a,
             nb::sig("def subscript(x: Traced, subscripts: typing.Sequence[object]) -> typing.Any"),
             "Indices and slices of one sample's axes.");
  module.def("as_shared", &as_shared, "like"_a, "value"_a,
             nb::sig("def as_shared(like: Traced, value: object) -> typing.Any"),
             "Anything as a value that all samples share.");
  module.def("as_rows", &as_rows, "like"_a, "value"_a,
             nb::sig("def as_rows(like: Traced, value: object) -> typing.Any"),
             "Anything as a value of each sample: (B, ...).");
  module.def("as_batched", &as_batched, "like"_a, "value"_a,
             nb::sig("def as_batched(like: Traced, value: object) -> typing.Any"),
             "The value for each sample, in the trace of `like`.");
  module.def(
      "copy_of", [](nb::handle array, const std::string& what) { return copy_of(view_of(array, what)); },
      "array"_a, "what"_a, nb::sig("def copy_of(array: object, what: str) -> typing.Any"),
      "A new array of numpy's with the elements of any library's; `what` begins the message of the "
      "ValueError where it "
      "is none.");
  module.def("refuse", &refuse, "x"_a, "message"_a,
             nb::sig("def refuse(x: Traced, message: str) -> typing.NoReturn"),
             "Raises CompileError at the caller's line.");
}

}  // namespace

void bind_tracing(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<TracedObject> type(module, "Traced", "A value of a step function that is being traced.");
  type.def_prop_ro("shape", &shape_of, "Extents, the batch first; None where the batch is unknown.")
      .def_prop_ro("dtype", &dtype_object, "numpy's element type.")
      .def_prop_ro(
          "batched", [](const TracedObject& x) { return x.traced.batched; },
          "Whether the first axis is the batch; else all samples share the value.")
      .def_prop_ro(
          "ndim", [](const TracedObject& x) { return x.trace->builder().rank(x.operand()); },
          "Axes, the batch among them.");
  Operators::bind(type);
  bind_functions(module);
  nb::class_<Trace>(module, "Trace", "One evaluation of a step function with symbolic values.")
      .def(nb::new_([](const std::string& name, std::optional<int64_t> batch, bool transient) {
             return std::make_shared<Trace>(name, batch, transient);
           }),
           "name"_a, "batch"_a.none(), "transient"_a)
      .def("input", &Trace::input, "name"_a, "dtype"_a, "dims"_a)
      .def("state", &Trace::state, "name"_a, "dtype"_a, "dims"_a)
      .def("constant", &Trace::constant, "name"_a, "dtype"_a, "dims"_a)
      .def("weight", &Trace::weight, "name"_a, "dtype"_a, "dims"_a)
      .def("name", &Trace::name, "array"_a, "name"_a, "What the array is called should it be captured.")
      .def("set_output", &Trace::set_output, "name"_a, "value"_a.none())
      .def("set_next", &Trace::set_next, "state"_a, "value"_a.none())
      .def("captures", &Trace::captures);
}

}  // namespace rondo::python
