/* The binary interface of a kernel: what generated code is called with. C99 and C++. */
#ifndef RONDO_RUNTIME_KERNEL_ABI_H
#define RONDO_RUNTIME_KERNEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One array of a call. Element (sample b, step t, feature f) stands at data[b * batch_stride + t *
 * time_stride + f]; strides count elements. The features of one sample and step are dense and row-major.
 * Strides of axes that an array does not have are not read; a batch stride of 0 gives all samples the same
 * row of an array that is only read. */
typedef struct rondo_array {
  void* data;
  int64_t batch_stride;
  int64_t time_stride;
} rondo_array;

/* One call. `arrays` holds the kernel's arguments in the order of its signature: inputs, constants, weights,
 * initial states, mask or lengths where there are any, previous outputs where a masked step repeats them
 * (what stands before the first step: zeros, or the last outputs of the call before), outputs, last outputs,
 * final states. `prepared` is what the prepare function made of the same weights; it is only read, and may
 * serve many calls at once. `workspace` has the bytes that the workspace function tells for this batch. Both
 * are aligned to 64. Arrays that are written must not overlap any other, but a final state may be the very
 * array of its initial state, and a last output that of its previous output: a long sequence can be run in
 * pieces over one block of state. */
typedef struct rondo_frame {
  int64_t batch;
  int64_t time;
  const rondo_array* arrays;
  const void* prepared;
  void* workspace;
} rondo_frame;

/* Runs the recurrence. Allocates nothing, takes no lock, calls nothing, keeps nothing: may run in any number
 * of threads at once, each with its own workspace and results. Returns 0. */
typedef int32_t (*rondo_run_function)(const rondo_frame* frame);

/* Bytes of workspace for a batch. */
typedef int64_t (*rondo_workspace_function)(int64_t batch);

/* Computes what depends on the weights alone, and lays weights out as the kernel reads them: once for as many
 * calls as use the same weights. `weights`: one array each, in the order of the signature. `prepared` has the
 * bytes that the size function tells, aligned to 64. */
typedef void (*rondo_prepare_function)(const rondo_array* weights, void* prepared);

/* Bytes of what is prepared. */
typedef int64_t (*rondo_prepared_size_function)(void);

#ifdef __cplusplus
}
#endif

#endif
