// Cells by calls.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/builder/call_function.h"
#include "frontend/c/border.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

constexpr rondo_value nothing{-1};

ir::DType dtype_of(rondo_dtype dtype) {
  return static_cast<ir::DType>(dtype);
}
static_assert(static_cast<int>(ir::DType::F32) == RONDO_F32 &&
              static_cast<int>(ir::DType::F64) == RONDO_F64 &&
              static_cast<int>(ir::DType::I32) == RONDO_I32 &&
              static_cast<int>(ir::DType::I64) == RONDO_I64 &&
              static_cast<int>(ir::DType::Bool) == RONDO_BOOL);

bool is_known(const rondo_builder& builder, rondo_value value) {
  return value.id >= 0 && static_cast<size_t>(value.id) < builder.values.size();
}

ir::Value value_of(rondo_builder& builder, rondo_value value) {
  if (is_known(builder, value)) return builder.values[static_cast<size_t>(value.id)];
  return value.id == nothing.id ? ir::Value()
                                : builder.builder.error("a value that this builder did not make");
}

// Reports, and returns false, where a pointer that must not be null is null.
bool there_is(const void* pointer, const char* name, ir::GraphBuilder& builder) {
  if (!pointer) builder.error(std::string("'") + name + "' is null");
  return pointer != nullptr;
}

rondo_value keep(rondo_builder& builder, ir::Value value) {
  if (value.is_nothing()) return nothing;
  builder.values.push_back(value);
  return {static_cast<int32_t>(builder.values.size()) - 1};
}

// The cell fails to finish where memory ran out on the way.
template <class Work>
rondo_value made(rondo_builder* builder, Work&& work) noexcept {
  try {
    return keep(*builder, work());
  } catch (const std::exception&) {
    builder->failed = true;
    return nothing;
  }
}

builder::Argument argument_of(rondo_builder& b, const rondo_argument& argument) {
  builder::Argument result{argument.name ? argument.name : "", {}};
  switch (argument.kind) {
    case RONDO_ARG_VALUE:
      result.value = value_of(b, argument.value);
      break;
    case RONDO_ARG_VALUES: {
      std::vector<ir::Value> values;
      if (argument.count > 0 && !there_is(argument.values, "values", b.builder)) break;
      for (size_t i = 0; i < argument.count; ++i) values.push_back(value_of(b, argument.values[i]));
      result.value = std::move(values);
      break;
    }
    case RONDO_ARG_INTEGER:
      result.value = argument.integer;
      break;
    case RONDO_ARG_INTEGERS:
      if (argument.count > 0 && !there_is(argument.integers, "integers", b.builder)) break;
      result.value = std::vector<int64_t>(argument.integers, argument.integers + argument.count);
      break;
    case RONDO_ARG_NUMBER:
      result.value = argument.number;
      break;
    case RONDO_ARG_FLAG:
      result.value = argument.integer != 0;
      break;
    default:
      result.value = b.builder.error("there is no such kind of argument");
      break;
  }
  return result;
}

ir::Subscript subscript_of(const rondo_subscript& subscript) {
  ir::Subscript result;
  result.single = subscript.single != 0;
  if (subscript.has_start || subscript.single) result.start = subscript.start;
  if (subscript.has_stop) result.stop = subscript.stop;
  result.step = subscript.step;
  return result;
}

}  // namespace

rondo_status rondo_builder_new(const char* cell_name, rondo_builder** builder) {
  return guarded(nullptr, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell_name, "cell_name", diagnostics) || !given(builder, "builder", diagnostics)) return false;
    *builder = new rondo_builder(cell_name);
    return true;
  });
}

void rondo_builder_free(rondo_builder* builder) {
  delete builder;
}

void rondo_builder_at(rondo_builder* builder, const char* source, int32_t line, int32_t column) {
  made(builder, [&] {
    const char* name = source ? source : "";
    if (!builder->source || builder->source->name != name)
      builder->source = std::make_shared<const ir::SourceText>(ir::SourceText{name, ""});
    builder->builder.at({builder->source, line, column, 1});
    return ir::Value();
  });
}

rondo_value rondo_builder_leaf(rondo_builder* builder, rondo_leaf_kind kind, const char* name,
                               rondo_dtype dtype, const int64_t* extents, size_t rank) {
  return made(builder, [&]() -> ir::Value {
    ir::GraphBuilder& b = builder->builder;
    if (!there_is(name, "name", b) || (rank > 0 && !there_is(extents, "extents", b))) return {};
    if (dtype < RONDO_F32 || dtype > RONDO_BOOL) return b.error("there is no such element type");
    if (rank > ir::max_rank)
      return b.error(
          fmt::format("'{}' would have {} axes; at most {} are possible", name, rank, ir::max_rank));
    const ir::Dims dims(extents, extents + rank);
    switch (kind) {
      case RONDO_INPUT:
        return b.input(name, dtype_of(dtype), dims);
      case RONDO_STATE:
        return b.state(name, dtype_of(dtype), dims);
      case RONDO_CONSTANT:
        return b.constant(name, dtype_of(dtype), dims);
      case RONDO_WEIGHT:
        return b.weight(name, dtype_of(dtype), dims);
      case RONDO_OUTPUT:
      case RONDO_LEAF_KIND_INT:
        break;
    }
    return b.error("a leaf is an input, a state, a constant or a weight");
  });
}

rondo_value rondo_builder_number(rondo_builder* builder, double number) {
  return made(builder, [&] { return builder->builder.number(number); });
}

rondo_value rondo_builder_integer(rondo_builder* builder, int64_t integer) {
  return made(builder, [&] { return builder->builder.number(integer); });
}

size_t rondo_builder_call(rondo_builder* builder, const char* function, const rondo_argument* arguments,
                          size_t count, rondo_value* results, size_t capacity) {
  size_t made_values = 1;  // nothing, where it goes wrong
  std::fill_n(results, capacity, nothing);
  made(builder, [&] {
    if (!there_is(function, "function", builder->builder) ||
        (count > 0 && !there_is(arguments, "arguments", builder->builder)))
      return ir::Value();
    std::vector<builder::Argument> list;
    for (size_t i = 0; i < count; ++i) list.push_back(argument_of(*builder, arguments[i]));
    const std::vector<ir::Value> values = builder::call_function(builder->builder, function, list);
    for (size_t i = 0; i < values.size() && i < capacity; ++i) results[i] = keep(*builder, values[i]);
    made_values = values.size();
    return ir::Value();
  });
  return made_values;
}

rondo_value rondo_builder_subscript(rondo_builder* builder, rondo_value x, const rondo_subscript* subscripts,
                                    size_t count) {
  return made(builder, [&]() -> ir::Value {
    std::vector<ir::Subscript> list;
    for (size_t i = 0; i < count; ++i) list.push_back(subscript_of(subscripts[i]));
    const ir::Value value = value_of(*builder, x);
    return value.is_nothing() ? value : builder->builder.subscript(value, list);
  });
}

void rondo_builder_name(rondo_builder* builder, rondo_value x, const char* name) {
  made(builder, [&] {
    const ir::Value value = value_of(*builder, x);
    if (value.is_node() && there_is(name, "name", builder->builder)) builder->builder.name(value, name);
    return ir::Value();
  });
}

int32_t rondo_builder_type(const rondo_builder* builder, rondo_value x, rondo_dtype* dtype, int64_t* extents,
                           size_t capacity) {
  if (!is_known(*builder, x)) return -1;
  try {
    const ir::Type type = builder->builder.type(builder->values[static_cast<size_t>(x.id)]);
    if (dtype) *dtype = static_cast<rondo_dtype>(type.dtype);
    std::copy_n(type.dims.begin(), std::min(capacity, type.dims.size()), extents);
    return type.rank();
  } catch (const std::exception&) {
    return -1;
  }
}

void rondo_builder_next(rondo_builder* builder, const char* state, rondo_value value) {
  made(builder, [&] {
    if (there_is(state, "state", builder->builder))
      builder->builder.set_next(state, value_of(*builder, value));
    return ir::Value();
  });
}

void rondo_builder_output(rondo_builder* builder, const char* name, rondo_value value) {
  made(builder, [&] {
    if (there_is(name, "name", builder->builder)) builder->builder.output(name, value_of(*builder, value));
    return ir::Value();
  });
}

rondo_status rondo_builder_finish(rondo_builder* builder, rondo_cell** cell, rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(builder, "builder", diagnostics) || !given(cell, "cell", diagnostics)) return false;
    if (builder->failed) throw std::bad_alloc();
    if (builder->finished) {
      diagnostics.error("this builder has been finished; a cell more takes another builder");
      return false;
    }
    builder->finished = true;
    builder->values.clear();  // they were of the graph that goes into the cell
    std::optional<ir::StepGraph> step = builder->builder.finish();
    ir::Recurrence recurrence;
    if (step) recurrence.step = std::move(*step);
    const bool fine = step && ir::validate(recurrence, builder->diagnostics);
    if (fine) *cell = new rondo_cell{std::make_shared<const ir::Recurrence>(std::move(recurrence))};
    c::deliver(builder->diagnostics, messages);
    return fine;
  });
}
