#include "frontend/aot/header.h"

#include <fmt/format.h>

#include "frontend/aot/c_names.h"
#include "frontend/aot/header_words.h"

namespace rondo::aot {

namespace {

std::string target_list(const Interface& interface) {
  std::string list;
  for (const ir::Target& target : interface.targets) list += (list.empty() ? "" : ", ") + target.cpu;
  return list;
}

std::string opening(const Interface& i) {
  std::string text = fmt::format(
      "/* Cell '{}', compiled ahead of time by Rondo {}: made by `rondo compile`, not to be edited.\n *\n",
      comment_of(i.cell), RONDO_VERSION);
  text +=
      " * C99 and C++. The object calls nothing but, at most, memcpy and memset, allocates nothing and\n"
      " * keeps nothing: its functions may run in any number of threads at once, each with memory of its\n"
      " * own. Arrays hold elements of their type; f32[2, 3] below is what one sample has at one step,\n"
      " * dense and row-major. Memory for @p_prepared, workspace and stream is aligned to 64 bytes. */\n"
      "#ifndef @P_H\n#define @P_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += fmt::format(
      "#define @P_RONDO_VERSION \"{}\"\n#define @P_CELL {}\n#define @P_TRIPLE \"{}\"\n"
      "#define @P_CPU \"{}\"\n"
      "/* Of the cell, its options, the target and the weights inside: another object has another. */\n"
      "#define @P_FINGERPRINT \"{}\"\n\n",
      RONDO_VERSION, string_of(i.cell), i.targets.front().triple, target_list(i), i.fingerprint);
  return named(text, i);
}

std::string alignment(const Interface& i) {
  return named(
      "#if defined(__cplusplus)\n#define @P_ALIGNED alignas(64)\n"
      "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n#define @P_ALIGNED _Alignas(64)\n"
      "#elif defined(__GNUC__)\n#define @P_ALIGNED __attribute__((aligned(64)))\n"
      "#else\n#define @P_ALIGNED /* to be aligned by whoever has the memory */\n#endif\n\n",
      i);
}

// One for each name in the cell: a state has its size once.
std::string sizes(const Interface& i) {
  using ir::BufferKind;
  std::string text = "/* Elements of one sample and step, and the extents of their axes. */\nenum {\n";
  Scope names;
  const auto add = [&](const Array& array) {
    const std::string name = names.take(upper_case(array.leaf.empty() ? "output" : c_name(array.leaf)));
    text += fmt::format("  @P_{}_SIZE = {},\n", name, array.elements());
    for (size_t axis = 0; axis < array.dims.size() && array.dims.size() > 1; ++axis)
      text += fmt::format("  @P_{}_AXIS_{} = {},\n", name, axis, array.dims[axis]);
  };
  for (const Array& array : i.arrays)
    if (array.kind == BufferKind::Input || array.kind == BufferKind::Constant ||
        array.kind == BufferKind::InitialState || array.kind == BufferKind::Output)
      add(array);
  for (const Array& array : i.weights) add(array);
  if (i.recurrence.time)
    text += fmt::format("  @P_TIME = {}, /* steps of every call */\n", *i.recurrence.time);
  text.erase(text.rfind(','), 1);
  return named(text + "};\n\n", i);
}

std::string weight_types(const Interface& i) {
  if (!i.is_prepared()) return {};
  std::string text;
  if (!i.has_weights_inside && !i.weights.empty()) {
    text +=
        "/* Weights, dense and row-major. They are not needed any more when they have been prepared. */\n"
        "typedef struct @p_weights {\n";
    for (const Array& weight : i.weights)
      text += fmt::format("  const {} *{}; /* {} */\n", c_type(weight.dtype), weight.field, shape_of(weight));
    text += "} @p_weights;\n\n";
  }
  text += fmt::format(
      "/* Weights as the kernel reads them: made once by @p_prepare, only read from then on, by any\n"
      " * number of threads. It has no addresses in it: it may be copied. */\n"
      "enum {{ @P_PREPARED_BYTES = {} }};\n"
      "typedef struct @p_prepared {{\n  @P_ALIGNED {};\n}} @p_prepared;\n\n",
      std::max<int64_t>(i.prepared_bytes, 64),
      i.chooses() ? "int64_t level; /* of the code that runs */\n  unsigned char bytes[@P_PREPARED_BYTES - 8]"
                  : "unsigned char bytes[@P_PREPARED_BYTES]");
  return named(text, i);
}

std::string argument_types(const Interface& i) {
  std::string text =
      "/* The arrays of a call. Element (sample b, step t, feature f) of an array is\n"
      " *   data[b * batch_stride + t * time_stride + f]\n"
      " * where strides count elements. Arrays without steps have no use for time_stride. A batch_stride\n"
      " * of 0 gives all samples one row of an array that is only read. Arrays that are written overlap no\n"
      " * other, but a final state may be the array of its initial state, and a last output that of its\n"
      " * previous output. */\n"
      "typedef struct @p_arrays {\n";
  for (const Array& array : i.arrays) {
    const char* axes = is_timed(array) ? "for each sample and step" : "for each sample";
    text += fmt::format("  /* {}: {} {}{} */\n", meaning_of(array), shape_of(array), axes,
                        is_written(array) ? "; written" : "");
    text += fmt::format("  struct {{\n    {}{} *data;\n    int64_t batch_stride, time_stride;\n  }} {};\n",
                        is_written(array) ? "" : "const ", c_type(array.dtype), array.field);
  }
  return named(text + "} @p_arrays;\n\n", i);
}

// What the object has, under the names and types of runtime/kernel_abi.h.
std::string declarations(const Interface& i) {
  return named(
      "/* The functions of the object, which those below call. */\n"
      "typedef struct @p_kernel_call {\n  int64_t batch;\n  int64_t time;\n  const @p_arrays *arrays;\n"
      "  const void *prepared;\n  void *workspace;\n} @p_kernel_call;\n"
      "typedef struct @p_kernel_weight {\n  const void *data;\n  int64_t batch_stride, time_stride;\n"
      "} @p_kernel_weight;\n"
      "int32_t @p_kernel(const @p_kernel_call *call);\n"
      "int64_t @p_kernel_workspace(int64_t batch);\n"
      "void @p_kernel_prepare(const @p_kernel_weight *weights, void *prepared);\n\n",
      i);
}

// "level != 2 && level != 3".
std::string wrong_level(const Interface& i) {
  std::string text;
  for (const ir::Target& target : i.targets)
    text += fmt::format("{}level != {}", text.empty() ? "" : " && ",
                        target.cpu == "x86-64" ? '1' : target.cpu.back());
  return text;
}

// Of an object with several kernels: which of them, and how that is chosen.
std::string choice_functions(const Interface& i) {
  if (!i.chooses()) return {};
  return named(
      fmt::format(
          "/* The object has code for {}. What is prepared says which\n"
          " * of it runs: the best for the processor at hand, or that of a level of x86-64 (such as 3).\n"
          " * The processor is asked in @p_choose_level alone; 0 where it can run none of the code. */\n"
          "int32_t @p_kernel_choose(void);\n"
          "static inline int32_t @p_choose_level(void) {{\n  return @p_kernel_choose();\n}}\n\n",
          target_list(i)),
      i);
}

std::string prepare_function(const Interface& i) {
  if (!i.is_prepared()) return {};
  const bool weights = !i.weights.empty() && !i.has_weights_inside;
  const std::string given = weights ? "const @p_weights *weights, " : "", passed = weights ? "weights, " : "";
  std::string text = "/* Lays the weights out as the kernel reads them: once for all calls. ";
  std::string body, kernel = weights ? "all" : "NULL";
  if (weights) {
    body += "  const @p_kernel_weight all[] = {\n";
    for (const Array& weight : i.weights) body += fmt::format("      {{weights->{}, 0, 0}},\n", weight.field);
    body += "  };\n";
  }
  if (!i.chooses())
    return named(text + "Returns 0. */\nstatic inline int32_t @p_prepare(" + given +
                     "@p_prepared *prepared) {\n" + body + "  @p_kernel_prepare(" + kernel +
                     ", prepared);\n  return 0;\n}\n\n",
                 i);
  text += fmt::format(
      "Returns 0, or 1\n * where there is no code of the level. */\n"
      "static inline int32_t @p_prepare_for(int32_t level, {0}@p_prepared *prepared) {{\n{1}"
      "  if ({2}) return 1;\n  prepared->level = level;\n"
      "  @p_kernel_prepare({3}, prepared);\n  return 0;\n}}\n"
      "static inline int32_t @p_prepare({0}@p_prepared *prepared) {{\n"
      "  return @p_prepare_for(@p_choose_level(), {4}prepared);\n}}\n\n",
      given, body, wrong_level(i), kernel, passed);
  return named(text, i);
}

std::string dense_function(const Interface& i) {
  const bool time_major = i.recurrence.time_major;
  std::string text = fmt::format(
      "/* Sets the strides of all arrays to those of dense ones: ({}, ...), or (batch, ...). */\n"
      "static inline void @p_set_dense(@p_arrays *arrays, int64_t batch, int64_t time) {{\n"
      "  (void)batch;\n  (void)time;\n",
      time_major ? "time, batch" : "batch, time");
  for (const Array& array : i.arrays) {
    const int64_t size = array.elements();
    const std::string at = fmt::format("  arrays->{}.", array.field);
    if (!is_timed(array))
      text += fmt::format("{0}batch_stride = {1};\n{0}time_stride = 0;\n", at, size);
    else if (time_major)
      text += fmt::format("{0}batch_stride = {1};\n{0}time_stride = {1} * batch;\n", at, size);
    else
      text += fmt::format("{0}batch_stride = {1} * time;\n{0}time_stride = {1};\n", at, size);
  }
  return named(text + "}\n\n", i);
}

std::string run_function(const Interface& i) {
  std::string text = fmt::format(
      "/* Bytes of workspace that a call wants for its batch; of one sample. */\n"
      "enum {{ @P_WORKSPACE_BYTES = {} }};\n"
      "static inline int64_t @p_workspace_bytes(int64_t batch) {{\n"
      "  return @p_kernel_workspace(batch);\n}}\n\n",
      i.workspace_bytes);
  const bool prepared = i.is_prepared();
  text += fmt::format(
      "/* Runs `time` steps of `batch` samples. The workspace needs no values and keeps none. Returns 0. */\n"
      "static inline int32_t @p_run(const @p_arrays *arrays, int64_t batch, int64_t time,\n"
      "                             {}void *workspace) {{\n"
      "  @p_kernel_call call;\n  call.batch = batch;\n  call.time = time;\n  call.arrays = arrays;\n"
      "  call.prepared = {};\n  call.workspace = workspace;\n  return @p_kernel(&call);\n}}\n\n",
      prepared ? "const @p_prepared *prepared, " : "", prepared ? "prepared" : "NULL");
  return named(text, i);
}

}  // namespace

std::string header_text(const Interface& i) {
  return opening(i) + alignment(i) + sizes(i) + weight_types(i) + argument_types(i) + declarations(i) +
         choice_functions(i) + prepare_function(i) + dense_function(i) + run_function(i) + stream_text(i) +
         named("#ifdef __cplusplus\n}\n#endif\n\n#endif /* @P_H */\n", i);
}

}  // namespace rondo::aot
