#include <fmt/format.h>

#include <map>

#include "frontend/aot/c_names.h"
#include "frontend/aot/header.h"
#include "frontend/aot/header_words.h"

namespace rondo::aot {

using ir::BufferKind;

namespace {

// The part of a header about streams. A stream is one block of memory: the batch; then, each from a multiple
// of 64 bytes on, the states; what the last step left for nobody (`last_output`); the workspace.
class StreamWriter {
 public:
  explicit StreamWriter(const Interface& interface) : i_(interface) {
    Scope names;
    names.take("state_bytes");  // of the stream itself
    for (const Array& array : i_.arrays) {
      if (array.kind == BufferKind::FinalState) {
        states_.push_back(&array);
        state_functions_[array.leaf] = named("@p_stream_" + names.take("state_" + array.leaf), i_);
      }
      if (array.kind == BufferKind::LastOutput) last_outputs_.push_back(&array);
    }
    kept_ = states_;
    if (ir::repeats_outputs(i_.recurrence))
      kept_.insert(kept_.end(), last_outputs_.begin(), last_outputs_.end());
  }

  std::string text() { return named(opening() + memory() + beginning() + states() + block(), i_); }

 private:
  static int64_t row_bytes(const Array& array) { return array.elements() * ir::size_of(array.dtype); }

  int64_t bytes_of_one() const {
    int64_t bytes = 64 + i_.workspace_bytes;
    for (const auto& parts : {states_, last_outputs_})
      for (const Array* part : parts) bytes += (row_bytes(*part) + 63) / 64 * 64;
    return bytes;
  }

  static std::string opening() {
    return "/* A stream takes the steps as they come, one or some at a time, and has the bits of a call "
           "over\n"
           " * them all. It is a block of the caller's memory without addresses in it, of which the first\n"
           " * @p_stream_state_bytes are all that it keeps from step to step: copied they are a snapshot;\n"
           " * copied back, or into another stream of the same batch, the stream goes on from there. */\n"
           "typedef struct @p_stream {\n  int64_t batch;\n} @p_stream;\n\n";
  }

  std::string memory() const {
    std::string rows;
    for (const auto& parts : {states_, last_outputs_})
      for (const Array* part : parts) rows += fmt::format("{}, ", row_bytes(*part));
    return fmt::format(
        "/* Where part `part` of a stream begins: the states, the last outputs, the workspace. */\n"
        "static inline int64_t @p_stream_offset(int64_t batch, int part) {{\n"
        "  static const int64_t row_bytes[] = {{{}0}};\n"
        "  int64_t offset = 64;\n  int i;\n"
        "  for (i = 0; i < part; ++i) offset += (batch * row_bytes[i] + 63) / 64 * 64;\n"
        "  return offset;\n}}\n\n"
        "/* Bytes of a stream for so many samples, aligned to 64; of what it keeps from step to step. */\n"
        "static inline int64_t @p_stream_bytes(int64_t batch) {{\n"
        "  return @p_stream_offset(batch, {}) + @p_workspace_bytes(batch);\n}}\n"
        "static inline int64_t @p_stream_state_bytes(int64_t batch) {{\n"
        "  return @p_stream_offset(batch, {});\n}}\n\n"
        "/* Memory for a stream of one sample. */\n"
        "enum {{ @P_STREAM_BYTES = {} }};\n"
        "typedef struct @p_stream_memory {{\n  @P_ALIGNED unsigned char bytes[@P_STREAM_BYTES];\n"
        "}} @p_stream_memory;\n\n",
        rows, states_.size() + last_outputs_.size(), kept_.size(), bytes_of_one());
  }

  std::string beginning() const {
    return fmt::format(
        "/* Makes a stream of the memory, all states zero. */\n"
        "static inline @p_stream *@p_stream_init(void *memory, int64_t batch) {{\n"
        "  @p_stream *stream = (@p_stream *)memory;\n  unsigned char *bytes = (unsigned char *)memory;\n"
        "  const int64_t end = @p_stream_state_bytes(batch);\n  int64_t i;\n"
        "  for (i = 0; i < end; ++i) bytes[i] = 0;\n"
        "  stream->batch = batch;\n  return stream;\n}}\n\n"
        "/* Sets the states of one sample back to zero. */\n"
        "static inline void @p_stream_reset(@p_stream *stream, int64_t sample) {{\n"
        "  static const int64_t row_bytes[] = {{{}0}};\n"
        "  int part;\n  int64_t i;\n"
        "  for (part = 0; part < {}; ++part) {{\n"
        "    unsigned char *row = (unsigned char *)stream + @p_stream_offset(stream->batch, part) +\n"
        "                         sample * row_bytes[part];\n"
        "    for (i = 0; i < row_bytes[part]; ++i) row[i] = 0;\n  }}\n}}\n\n",
        kept_rows(), kept_.size());
  }

  std::string kept_rows() const {
    std::string rows;
    for (const Array* part : kept_) rows += fmt::format("{}, ", row_bytes(*part));
    return rows;
  }

  std::string states() const {
    std::string text;
    int part = 0;
    for (const Array* state : states_)
      text += fmt::format(
          "/* State {0}: {1} for each sample, dense; to read and to write. */\n"
          "static inline {2} *{3}(@p_stream *stream) {{\n"
          "  return ({2} *)((unsigned char *)stream + @p_stream_offset(stream->batch, {4}));\n}}\n\n",
          comment_of(state->leaf), shape_of(*state), c_type(state->dtype), state_functions_.at(state->leaf),
          part++);
    return text;
  }

  // The arrays that the caller has, with a parameter each.
  static bool is_parameter(const Array& array) {
    return array.kind == BufferKind::Input || array.kind == BufferKind::Constant ||
           array.kind == BufferKind::Mask || array.kind == BufferKind::Output;
  }

  std::string block() const {
    Scope scope(i_.prefix);
    for (const char* own : {"stream", "prepared", "time", "arrays", "memory"}) scope.take(own);
    const bool prepared = i_.is_prepared();
    std::string parameters, names, body, about;
    for (const Array& array : i_.arrays) {
      if (!is_parameter(array)) continue;
      const std::string name = scope.take(array.field);
      parameters +=
          fmt::format(",\n    {}{} *{}", is_written(array) ? "" : "const ", c_type(array.dtype), name);
      names += ", " + name;
      body += fmt::format("  arrays.{}.data = {};\n", array.field, name);
      about += fmt::format(" *   {}: {}, {} for each sample{}\n", name, meaning_of(array), shape_of(array),
                           is_timed(array) && !i_.recurrence.time ? " and step" : "");
    }
    size_t last = 0, previous = 0;
    for (const Array& array : i_.arrays)
      if (array.kind == BufferKind::InitialState || array.kind == BufferKind::FinalState)
        body += fmt::format("  arrays.{}.data = {}(stream);\n", array.field, state_functions_.at(array.leaf));
      else if (array.kind == BufferKind::LastOutput || array.kind == BufferKind::PreviousOutput)
        body += fmt::format("  arrays.{}.data = ({} *)(memory + @p_stream_offset(stream->batch, {}));\n",
                            array.field, c_type(array.dtype),
                            states_.size() + (array.kind == BufferKind::LastOutput ? last : previous)++);
    const std::string weights = prepared ? ", const @p_prepared *prepared" : "";
    const auto run = [&](const std::string& time) {
      return fmt::format(
          "  unsigned char *memory = (unsigned char *)stream;\n  @p_arrays arrays;\n"
          "  @p_set_dense(&arrays, stream->batch, {0});\n{1}"
          "  return @p_run(&arrays, stream->batch, {0}{2}, memory + @p_stream_offset(stream->batch, {3}));\n"
          "}}\n\n",
          time, body, prepared ? ", prepared" : "", states_.size() + last_outputs_.size());
    };
    if (i_.recurrence.time)
      return fmt::format(
                 "/* Takes one step. Arrays are dense, (batch, ...):\n{} */\n"
                 "static inline int32_t @p_stream_step(@p_stream *stream{}{}) {{\n",
                 about, weights, parameters) +
             run("1");
    return fmt::format(
               "/* Takes `time` steps. Arrays are dense, ({}, ...):\n{} */\n"
               "static inline int32_t @p_stream_block(@p_stream *stream{}, int64_t time{}) {{\n",
               i_.recurrence.time_major ? "time, batch" : "batch, time", about, weights, parameters) +
           run("time") +
           fmt::format(
               "/* Takes one step. */\n"
               "static inline int32_t @p_stream_step(@p_stream *stream{}{}) {{\n"
               "  return @p_stream_block(stream{}, 1{});\n}}\n\n",
               weights, parameters, prepared ? ", prepared" : "", names);
  }

  const Interface& i_;
  std::vector<const Array*> states_, last_outputs_, kept_;
  std::map<std::string, std::string> state_functions_;  // by the name of the state
};

}  // namespace

std::string stream_text(const Interface& interface) {
  if (const std::string why = interface.no_stream(); !why.empty())
    return fmt::format("/* There is no stream, which would take the steps in pieces: {}. */\n\n", why);
  return StreamWriter(interface).text();
}

}  // namespace rondo::aot
