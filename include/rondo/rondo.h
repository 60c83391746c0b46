/* Rondo, the compiler for recurrences: the C interface. C99 and C++.
 *
 * The way of a program through it:
 *
 *   rondo_program  a text with cells             rondo_builder  a cell made by calls
 *        \__________________  ______________________/
 *                           \/
 *   rondo_cell    one time step, and how it is run: masked, backwards, ...
 *   rondo_kernel  its machine code                                      rondo_compile
 *   rondo_model   a kernel with its weights                             rondo_model_new
 *   rondo_call    a model bound to arrays: the whole recurrence         rondo_call_new, rondo_call_run
 *   rondo_stream  a model with states: steps and blocks as they come    rondo_stream_new, rondo_stream_step
 *
 * Functions that can fail return a rondo_status and leave, where the last argument is not null, what there is
 * to say in *messages: errors, each with its place, or null. Objects that a function makes are given back
 * with the function that ends in _free, which takes null as well. An object keeps what it needs of those that
 * it was made from; they may be freed in any order. No exception leaves a function. Text is UTF-8.
 *
 * Handles are not null where a function does not return a status.
 *
 * Threads: cells, kernels, models and messages never change once they are made, and may be used by any number
 * of threads at once, also to make others from. A builder, a call and a stream serve one thread at a time.
 *
 * Arrays lie where the caller has them. The features of one sample and one step are dense and row-major;
 * samples and steps have strides, in elements (rondo_view). Inputs, outputs, states, constants and weights
 * come in the order in which the cell declares them. */
#ifndef RONDO_RONDO_H
#define RONDO_RONDO_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RONDO_API __attribute__((visibility("default")))
#else
#define RONDO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RONDO_VERSION_MAJOR 0
#define RONDO_VERSION_MINOR 1
#define RONDO_VERSION_PATCH 0

/* Version of the library that is running, as in "0.1.0". Programs that were compiled with a header of another
 * minor version (before 1.0) or another major version do not fit it; the SONAME tells them apart. */
RONDO_API const char* rondo_version(void);

/* ---- What went wrong ---- */

typedef enum rondo_status {
  RONDO_OK = 0,
  RONDO_WRONG = 1,     /* what was given is wrong; the messages say what, and where */
  RONDO_NO_MEMORY = 2, /* nothing was changed */
  RONDO_INTERNAL = 3   /* a mistake in Rondo; please report it */
} rondo_status;

typedef enum rondo_severity { RONDO_ERROR, RONDO_WARNING, RONDO_NOTE } rondo_severity;

typedef struct rondo_messages rondo_messages;

/* Lines and columns count from 1; line 0 means nowhere in particular. A note belongs to the message before
 * it. The texts live as long as the messages. */
typedef struct rondo_message {
  rondo_severity severity;
  const char* text;
  const char* source; /* name of the text that line and column are of; empty where there is none */
  int32_t line;
  int32_t column;
  int32_t length; /* columns */
} rondo_message;

/* 0 for null. */
RONDO_API size_t rondo_messages_count(const rondo_messages* messages);
/* RONDO_WRONG where there is no message of that number. */
RONDO_API rondo_status rondo_messages_get(const rondo_messages* messages, size_t index,
                                          rondo_message* message);
/* All of them as text for people, each with its line of source and a caret. Empty for null. */
RONDO_API const char* rondo_messages_text(const rondo_messages* messages);
RONDO_API void rondo_messages_free(rondo_messages* messages);

/* A text that a function made: its characters, ended by 0, until it is freed. */
typedef struct rondo_text rondo_text;
RONDO_API const char* rondo_text_data(const rondo_text* text);
RONDO_API size_t rondo_text_size(const rondo_text* text);
RONDO_API void rondo_text_free(rondo_text* text);

/* ---- Cells from text ---- */

typedef struct rondo_program rondo_program;
typedef struct rondo_cell rondo_cell;

/* Value of a parameter of a cell: units = 128. */
typedef struct rondo_setting {
  const char* name;
  int64_t value;
} rondo_setting;

/* Reads cells in the language of docs/language.md. `name` is what messages call the text. */
RONDO_API rondo_status rondo_program_parse(const char* name, const char* text, size_t size,
                                           rondo_program** program, rondo_messages** messages);
RONDO_API size_t rondo_program_cell_count(const rondo_program* program);
/* Null where there is no cell of that number. */
RONDO_API const char* rondo_program_cell_name(const rondo_program* program, size_t index);
/* Builds one of the cells; null picks the last. Parameters without a default must be set. */
RONDO_API rondo_status rondo_program_cell(const rondo_program* program, const char* cell_name,
                                          const rondo_setting* settings, size_t count, rondo_cell** cell,
                                          rondo_messages** messages);
RONDO_API void rondo_program_free(rondo_program* program);

/* ---- Cells by calls ---- */

/* What enumerations take in; a value that is none of theirs is refused where a status says so. */
#define RONDO_WHOLE_INT 0x7fffffff

typedef enum rondo_dtype {
  RONDO_F32,
  RONDO_F64,
  RONDO_I32,
  RONDO_I64,
  RONDO_BOOL,
  RONDO_DTYPE_INT = RONDO_WHOLE_INT
} rondo_dtype;
typedef enum rondo_leaf_kind {
  RONDO_INPUT,
  RONDO_STATE,
  RONDO_CONSTANT,
  RONDO_WEIGHT,
  RONDO_OUTPUT,
  RONDO_LEAF_KIND_INT = RONDO_WHOLE_INT
} rondo_leaf_kind;

typedef struct rondo_builder rondo_builder;

/* A value of one builder. What came of a mistake is nothing (-1), and so is, silently, all that is made from
 * it: the mistake is reported by rondo_builder_finish. Other numbers that the builder did not hand out are
 * mistakes. */
typedef struct rondo_value {
  int32_t id;
} rondo_value;

typedef enum rondo_argument_kind {
  RONDO_ARG_VALUE,
  RONDO_ARG_VALUES,
  RONDO_ARG_INTEGER,
  RONDO_ARG_INTEGERS,
  RONDO_ARG_NUMBER,
  RONDO_ARG_FLAG,
  RONDO_ARGUMENT_KIND_INT = RONDO_WHOLE_INT
} rondo_argument_kind;

/* An argument of a function of the language; only the members of its kind are read. */
typedef struct rondo_argument {
  const char* name; /* null: by position */
  rondo_argument_kind kind;
  rondo_value value;
  const rondo_value* values;
  const int64_t* integers;
  size_t count;    /* of values or integers */
  int64_t integer; /* also a flag: 0 or 1 */
  double number;
} rondo_argument;

/* One subscript of x[...]: a single element, which drops the axis, or from start to stop in steps, where what
 * is not given is as in numpy. Negative positions count from the end. */
typedef struct rondo_subscript {
  int32_t single; /* 1: the element `start` */
  int32_t has_start, has_stop;
  int64_t start, stop;
  int64_t step; /* not 0 */
} rondo_subscript;

RONDO_API rondo_status rondo_builder_new(const char* cell_name, rondo_builder** builder);
RONDO_API void rondo_builder_free(rondo_builder* builder);

/* Where the calls that follow stand in the user's source, for messages. */
RONDO_API void rondo_builder_at(rondo_builder* builder, const char* source, int32_t line, int32_t column);

/* An input, state, constant or weight. `extents`: per sample, without batch and time; rank 0 is one number.
 * Inputs have one axis at least. */
RONDO_API rondo_value rondo_builder_leaf(rondo_builder* builder, rondo_leaf_kind kind, const char* name,
                                         rondo_dtype dtype, const int64_t* extents, size_t rank);
/* Numbers take the element type of what they meet. */
RONDO_API rondo_value rondo_builder_number(rondo_builder* builder, double number);
RONDO_API rondo_value rondo_builder_integer(rondo_builder* builder, int64_t integer);

/* Calls a function of the language by its name: "tanh", "softmax", "add", "matmul", ... Leaves up to
 * `capacity` results, and returns how many there are: one, but for "split". */
RONDO_API size_t rondo_builder_call(rondo_builder* builder, const char* function,
                                    const rondo_argument* arguments, size_t count, rondo_value* results,
                                    size_t capacity);
RONDO_API rondo_value rondo_builder_subscript(rondo_builder* builder, rondo_value x,
                                              const rondo_subscript* subscripts, size_t count);
/* Gives a value the name that messages and explanations call it. */
RONDO_API void rondo_builder_name(rondo_builder* builder, rondo_value x, const char* name);
/* Element type and extents of a value: leaves up to `capacity` extents, and returns how many there are. -1
 * for nothing. */
RONDO_API int32_t rondo_builder_type(const rondo_builder* builder, rondo_value x, rondo_dtype* dtype,
                                     int64_t* extents, size_t capacity);

RONDO_API void rondo_builder_next(rondo_builder* builder, const char* state, rondo_value value);
/* The name is empty for the only output of a cell. */
RONDO_API void rondo_builder_output(rondo_builder* builder, const char* name, rondo_value value);
/* The cell; reports all mistakes since the builder was made. The builder is used up, and its values. */
RONDO_API rondo_status rondo_builder_finish(rondo_builder* builder, rondo_cell** cell,
                                            rondo_messages** messages);

/* ---- How a cell is run ---- */

typedef enum rondo_masking { RONDO_MASK_NONE, RONDO_MASK, RONDO_MASK_LENGTHS } rondo_masking;
typedef enum rondo_unroll { RONDO_UNROLL_AUTO, RONDO_UNROLL_NEVER, RONDO_UNROLL_ALWAYS } rondo_unroll;
typedef enum rondo_math { RONDO_MATH_STRICT, RONDO_MATH_FAST } rondo_math;

/* The arguments of tf.keras.backend.rnn that are no arrays. Begin with RONDO_OPTIONS_INIT; what is -1 stays
 * as the cell has it. */
typedef struct rondo_options {
  size_t size; /* of this structure, as the program was compiled with it */
  int32_t go_backwards;
  int32_t zero_output_for_mask;
  int32_t masking;         /* a rondo_masking: what decides which steps a sample keeps */
  int32_t unroll;          /* a rondo_unroll; never changes a value */
  int64_t input_length;    /* steps in processing order that run; the outputs behind are zeros */
  int64_t time;            /* number of steps of all calls, where it is known; RONDO_UNROLL_ALWAYS needs it */
  int32_t flush_denormals; /* 1: numbers too small for all their digits count as zeros while a call runs */
  int64_t math; /* a rondo_math; fast: tanh and sigmoid by fewer operations, within 5e-7. Wide, so that
                   nothing of it was padding of the structure before it had this member. */
} rondo_options;

#define RONDO_OPTIONS_INIT {sizeof(rondo_options), -1, -1, -1, -1, -1, -1, -1, -1}

/* The same cell, run in another way. */
RONDO_API rondo_status rondo_cell_with(const rondo_cell* cell, const rondo_options* options,
                                       rondo_cell** changed, rondo_messages** messages);

typedef struct rondo_leaf {
  const char* name; /* empty for the only output of a cell */
  rondo_dtype dtype;
  size_t rank;
  const int64_t* extents; /* per sample */
} rondo_leaf;

RONDO_API const char* rondo_cell_name(const rondo_cell* cell);
RONDO_API size_t rondo_cell_leaf_count(const rondo_cell* cell, rondo_leaf_kind kind);
/* RONDO_WRONG where there is no leaf of that number. Pointers live as long as the cell. */
RONDO_API rondo_status rondo_cell_leaf(const rondo_cell* cell, rondo_leaf_kind kind, size_t index,
                                       rondo_leaf* leaf);
/* The cell in the text language, which reads back to the same cell. */
RONDO_API rondo_status rondo_cell_text(const rondo_cell* cell, rondo_text** text);
RONDO_API void rondo_cell_free(rondo_cell* cell);

/* ---- Kernels ---- */

typedef struct rondo_kernel rondo_kernel;

/* Begin with RONDO_COMPILE_INIT. */
typedef struct rondo_compile_options {
  size_t size;            /* of this structure */
  const char* cpu;        /* LLVM's name of a processor of this architecture; null: the one at hand */
  int64_t expected_batch; /* samples that calls will have, or 0; any number stays right */
  int32_t use_cache;      /* 1: keep code in the user's cache folder, and take it from there */
} rondo_compile_options;

#define RONDO_COMPILE_INIT {sizeof(rondo_compile_options), NULL, 0, 0}

/* Makes machine code. `options` may be null. */
RONDO_API rondo_status rondo_compile(const rondo_cell* cell, const rondo_compile_options* options,
                                     rondo_kernel** kernel, rondo_messages** messages);

typedef enum rondo_explanation {
  RONDO_EXPLAIN_DECISIONS, /* what the passes decided, and why */
  RONDO_EXPLAIN_GRAPH,     /* the step graph as the passes left it, in the text language */
  RONDO_EXPLAIN_LOOPS,     /* the loop program */
  RONDO_EXPLAIN_LLVM,
  RONDO_EXPLAIN_ASSEMBLY,
  RONDO_EXPLANATION_INT = RONDO_WHOLE_INT
} rondo_explanation;

RONDO_API rondo_status rondo_kernel_explain(const rondo_kernel* kernel, rondo_explanation part,
                                            rondo_text** text);
/* As rondo_cell_leaf_count of the cell. */
RONDO_API size_t rondo_kernel_leaf_count(const rondo_kernel* kernel, rondo_leaf_kind kind);
RONDO_API size_t rondo_kernel_code_size(const rondo_kernel* kernel);
/* The code goes when nothing that was made from the kernel is left. */
RONDO_API void rondo_kernel_free(rondo_kernel* kernel);

/* ---- Models ---- */

typedef struct rondo_model rondo_model;

/* Prepares weights for a kernel. `weights`: the first element of each, dense and row-major, as many as the
 * cell declares. They are not needed any more afterwards. */
RONDO_API rondo_status rondo_model_new(const rondo_kernel* kernel, const void* const* weights,
                                       rondo_model** model, rondo_messages** messages);
/* The same with the arrays of a .npz or .safetensors file that bear the names of the weights. */
RONDO_API rondo_status rondo_model_load(const rondo_kernel* kernel, const char* path, rondo_model** model,
                                        rondo_messages** messages);
RONDO_API size_t rondo_model_leaf_count(const rondo_model* model, rondo_leaf_kind kind);
RONDO_API void rondo_model_free(rondo_model* model);

/* ---- Objects ahead of time ---- */

enum { /* of rondo_emit_options.files, added up */
       RONDO_EMIT_OBJECT = 1,
       RONDO_EMIT_HEADER = 2,
       RONDO_EMIT_ASSEMBLY = 4,
       RONDO_EMIT_LLVM = 8,
       RONDO_EMIT_BITCODE = 16
};

/* Begin with RONDO_EMIT_INIT. */
typedef struct rondo_emit_options {
  size_t size;        /* of this structure */
  int32_t files;      /* which */
  const char* target; /* machine: "aarch64-linux-gnu", "wasm32", ...; null: this one's kind */
  const char* cpu;    /* null: the usual one of the kind; "native"; several levels of x86-64 with commas */
  const void* const* weights; /* first element of each: become part of the object. Null: arguments of its
                                 prepare function */
} rondo_emit_options;

#define RONDO_EMIT_INIT {sizeof(rondo_emit_options), RONDO_EMIT_OBJECT | RONDO_EMIT_HEADER, NULL, NULL, NULL}

/* Writes PATH.o, PATH.h and so on: a cell that needs nothing of Rondo to run. The last part of the path
 * begins all its names in C. `options` may be null. */
RONDO_API rondo_status rondo_emit(const rondo_cell* cell, const char* path, const rondo_emit_options* options,
                                  rondo_messages** messages);

/* ---- Whole recurrences ---- */

/* Element (sample b, step t, feature f) stands at data[b * batch_stride + t * time_stride + f]; strides count
 * elements. A batch stride of 0 gives all samples the same row of an array that is only read. */
typedef struct rondo_view {
  void* data;
  int64_t batch_stride;
  int64_t time_stride;
} rondo_view;

/* Begin with RONDO_ARGUMENTS_INIT, and set batch and time, which may be 0. Arrays that are written must not
 * overlap any other, nor their rows one another; but a final state may be the very array of its initial
 * state. Every array is aligned to the size of its elements. rondo_call_new refuses others; that the memory
 * is there is the caller's word. */
typedef struct rondo_arguments {
  size_t size; /* of this structure */
  int64_t batch;
  int64_t time;
  const rondo_view* inputs;
  const rondo_view* constants;
  const rondo_view* initial_states; /* null: zeros */
  rondo_view mask;                  /* with RONDO_MASK: a byte for each sample and step, not 0: it is kept */
  rondo_view lengths;               /* with RONDO_MASK_LENGTHS: an int64_t for each sample */
  const rondo_view* outputs;
  const rondo_view* last_outputs; /* null: not wanted */
  const rondo_view* final_states; /* null: not wanted */
  int32_t threads;                /* that share the samples or their columns; 0 or 1: the caller's alone */
} rondo_arguments;

#define RONDO_ARGUMENTS_INIT \
  {sizeof(rondo_arguments), -1, -1, NULL, NULL, NULL, {NULL, 0, 0}, {NULL, 0, 0}, NULL, NULL, NULL, 1}

typedef struct rondo_call rondo_call;

/* Binds a model to arrays, which must stay; their elements may change between runs. */
RONDO_API rondo_status rondo_call_new(const rondo_model* model, const rondo_arguments* arrays,
                                      rondo_call** call, rondo_messages** messages);
/* Runs the recurrence. With one thread: allocates nothing, takes no lock, calls no one. */
RONDO_API void rondo_call_run(rondo_call* call);
RONDO_API void rondo_call_free(rondo_call* call);

/* ---- Streams ---- */

typedef struct rondo_stream rondo_stream;

/* States between calls, for `batch` samples. `initial_states` and `constants`: for each, dense rows (batch,
 * ...), copied; no initial states (null) mean zeros. The cell must not run backwards, nor know its number of
 * steps. Steps and blocks give the same bits as one call over the whole, however it is cut. */
RONDO_API rondo_status rondo_stream_new(const rondo_model* model, int64_t batch,
                                        const void* const* initial_states, const void* const* constants,
                                        rondo_stream** stream, rondo_messages** messages);
RONDO_API void rondo_stream_free(rondo_stream* stream);

/* The functions from here to rondo_stream_restore allocate nothing, take no lock, make no system call, and
 * use a bounded stack. */

/* One step. Inputs and outputs: dense rows (batch, ...) of each. `mask`: a byte for each sample, or null
 * where all keep the step; of no concern to cells without RONDO_MASK. */
RONDO_API void rondo_stream_step(rondo_stream* stream, const void* const* inputs, const uint8_t* mask,
                                 void* const* outputs);
/* `time` steps. `mask` may be null. */
RONDO_API void rondo_stream_block(rondo_stream* stream, int64_t time, const rondo_view* inputs,
                                  const rondo_view* mask, const rondo_view* outputs);
/* Back to the beginning: all samples, or one; RONDO_WRONG where there is no sample of that number. */
RONDO_API void rondo_stream_reset(rondo_stream* stream);
RONDO_API rondo_status rondo_stream_reset_sample(rondo_stream* stream, int64_t sample);
/* A state between two steps, dense rows (batch, ...), to be read or set; null where there is none of that
 * number. */
RONDO_API void* rondo_stream_state(rondo_stream* stream, size_t index);
/* All that the stream remembers: so many bytes, copied to `snapshot`. */
RONDO_API size_t rondo_stream_snapshot_size(const rondo_stream* stream);
RONDO_API void rondo_stream_snapshot(const rondo_stream* stream, void* snapshot);
/* RONDO_WRONG, and nothing changed, unless the snapshot is of a stream with as many samples whose cell has
 * states and outputs of the same types and shapes. */
RONDO_API rondo_status rondo_stream_restore(rondo_stream* stream, const void* snapshot, size_t size);

/* Another stream that goes on from here. */
RONDO_API rondo_status rondo_stream_clone(const rondo_stream* stream, rondo_stream** clone);

#ifdef __cplusplus
}
#endif

#endif
