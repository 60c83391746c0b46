/* A program that has an LLVM of its own, as numba and graphics drivers do, and compiles with both in turn. */
#include <llvm-c/Core.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Target.h>
#include <rondo/rondo.h>
#include <stdio.h>
#include <string.h>

/* Compiles `int answer(void)` with the program's LLVM, and runs it. */
static int ask_llvm(int answer) {
  LLVMModuleRef module = LLVMModuleCreateWithName("host");
  LLVMTypeRef type = LLVMFunctionType(LLVMInt32Type(), NULL, 0, 0);
  LLVMValueRef function = LLVMAddFunction(module, "answer", type);
  LLVMBuilderRef builder = LLVMCreateBuilder();
  LLVMExecutionEngineRef engine;
  char* problem = NULL;
  int found;
  LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlock(function, "entry"));
  LLVMBuildRet(builder, LLVMConstInt(LLVMInt32Type(), (unsigned long long)answer, 0));
  LLVMDisposeBuilder(builder);
  if (LLVMCreateJITCompilerForModule(&engine, module, 1, &problem)) {
    fprintf(stderr, "%s\n", problem);
    return -1;
  }
  found = ((int (*)(void))LLVMGetFunctionAddress(engine, "answer"))();
  LLVMDisposeExecutionEngine(engine);
  return found;
}

/* The sum 1 + 2 + ... + count by a recurrence. */
static float ask_rondo(int count) {
  const char* text = "cell sum() { input x : f32[1]; state s : f32[1]; next s = s + x; output next s }";
  rondo_program* program = NULL;
  rondo_cell* cell = NULL;
  rondo_kernel* kernel = NULL;
  rondo_model* model = NULL;
  rondo_stream* stream = NULL;
  float x = 0, y = -1;
  const void* in = &x;
  void* out = &y;
  if (rondo_program_parse("sum", text, strlen(text), &program, NULL) == RONDO_OK &&
      rondo_program_cell(program, NULL, NULL, 0, &cell, NULL) == RONDO_OK &&
      rondo_compile(cell, NULL, &kernel, NULL) == RONDO_OK &&
      rondo_model_new(kernel, NULL, &model, NULL) == RONDO_OK &&
      rondo_stream_new(model, 1, NULL, NULL, &stream, NULL) == RONDO_OK)
    for (x = 1; x <= (float)count; ++x) rondo_stream_step(stream, &in, NULL, &out);
  rondo_stream_free(stream);
  rondo_model_free(model);
  rondo_kernel_free(kernel);
  rondo_cell_free(cell);
  rondo_program_free(program);
  return y;
}

int main(void) {
  int round;
  LLVMLinkInMCJIT();
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
  for (round = 1; round <= 5; ++round) {
    const int answer = ask_llvm(40 + round);
    const float sum = ask_rondo(round);
    if (answer != 40 + round || sum != (float)(round * (round + 1) / 2)) {
      printf("round %d: LLVM says %d, Rondo %g\n", round, answer, (double)sum);
      return 1;
    }
  }
  printf("both compile, side by side\n");
  return 0;
}
