// Cells by calls.
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

ir::Value value_of(const rondo_builder& builder, rondo_value value) {
  const auto id = static_cast<size_t>(value.id);
  return value.id >= 0 && id < builder.values.size() ? builder.values[id] : ir::Value();
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

builder::Argument argument_of(const rondo_builder& b, const rondo_argument& argument) {
  builder::Argument result{argument.name ? argument.name : "", {}};
  switch (argument.kind) {
    case RONDO_ARG_VALUE:
      result.value = value_of(b, argument.value);
      break;
    case RONDO_ARG_VALUES: {
      std::vector<ir::Value> values;
      for (size_t i = 0; i < argument.count; ++i) values.push_back(value_of(b, argument.values[i]));
      result.value = std::move(values);
      break;
    }
    case RONDO_ARG_INTEGER:
      result.value = argument.integer;
      break;
    case RONDO_ARG_INTEGERS:
      result.value = std::vector<int64_t>(argument.integers, argument.integers + argument.count);
      break;
    case RONDO_ARG_NUMBER:
      result.value = argument.number;
      break;
    case RONDO_ARG_FLAG:
      result.value = argument.integer != 0;
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
    if (!builder->source || builder->source->name != source)
      builder->source = std::make_shared<const ir::SourceText>(ir::SourceText{source, ""});
    builder->builder.at({builder->source, line, column, 1});
    return ir::Value();
  });
}

rondo_value rondo_builder_leaf(rondo_builder* builder, rondo_leaf_kind kind, const char* name,
                               rondo_dtype dtype, const int64_t* extents, size_t rank) {
  return made(builder, [&]() -> ir::Value {
    ir::GraphBuilder& b = builder->builder;
    if (dtype < RONDO_F32 || dtype > RONDO_BOOL) return b.error("there is no such element type");
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
  size_t made_values = 0;
  std::fill(results, results + capacity, nothing);
  made(builder, [&] {
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
    if (value.is_node()) builder->builder.name(value, name);
    return ir::Value();
  });
}

int32_t rondo_builder_type(const rondo_builder* builder, rondo_value x, rondo_dtype* dtype, int64_t* extents,
                           size_t capacity) {
  const ir::Value value = value_of(*builder, x);
  if (value.is_nothing()) return -1;
  const ir::Type type = builder->builder.type(value);
  *dtype = static_cast<rondo_dtype>(type.dtype);
  std::copy_n(type.dims.begin(), std::min(capacity, type.dims.size()), extents);
  return type.rank();
}

void rondo_builder_next(rondo_builder* builder, const char* state, rondo_value value) {
  made(builder, [&] {
    builder->builder.set_next(state, value_of(*builder, value));
    return ir::Value();
  });
}

void rondo_builder_output(rondo_builder* builder, const char* name, rondo_value value) {
  made(builder, [&] {
    builder->builder.output(name, value_of(*builder, value));
    return ir::Value();
  });
}

rondo_status rondo_builder_finish(rondo_builder* builder, rondo_cell** cell, rondo_messages** messages) {
  if (builder->failed) return RONDO_NO_MEMORY;
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics)) return false;
    std::optional<ir::StepGraph> step = builder->builder.finish();
    ir::Recurrence recurrence;
    if (step) recurrence.step = std::move(*step);
    const bool fine = step && ir::validate(recurrence, builder->diagnostics);
    if (fine) *cell = new rondo_cell{std::make_shared<const ir::Recurrence>(std::move(recurrence))};
    c::deliver(builder->diagnostics, messages);
    return fine;
  });
}
