#include "codegen/processor_levels.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>

namespace rondo::codegen {

namespace {

using llvm::Value;

constexpr uint32_t bits(std::initializer_list<int> positions) {
  uint32_t mask = 0;
  for (const int position : positions) mask |= uint32_t{1} << position;
  return mask;
}

// What a level adds to the one below it, in the registers that `cpuid` answers in.
constexpr uint32_t v2_basic = bits({0, 9, 13, 19, 20, 23});     // sse3 ssse3 cx16 sse4.1 sse4.2 popcnt
constexpr uint32_t v2_extended = bits({0});                     // lahf
constexpr uint32_t v3_basic = bits({12, 22, 27, 28, 29});       // fma movbe osxsave avx f16c
constexpr uint32_t v3_structured = bits({3, 5, 8});             // bmi1 avx2 bmi2
constexpr uint32_t v3_extended = bits({5});                     // lzcnt
constexpr uint32_t v4_structured = bits({16, 17, 28, 30, 31});  // avx512 f dq cd bw vl
constexpr uint32_t osxsave = bits({27});
// Registers that the operating system keeps: xmm and ymm; opmask and zmm.
constexpr uint32_t v3_kept = bits({1, 2}), v4_kept = bits({5, 6, 7});

class LevelEmitter {
 public:
  LevelEmitter(llvm::Module& module, const std::string& name) : b_(module.getContext()) {
    auto* type = llvm::FunctionType::get(b_.getInt32Ty(), false);
    function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
    function_->setDSOLocal(true);
    function_->setDoesNotThrow();
    function_->addFnAttr("target-cpu", "x86-64");
    b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", function_));
  }

  void run() {
    constexpr int ebx = 1, ecx = 2;
    Value* basic = cpuid(1, ecx);
    Value* has_structured = b_.CreateICmpUGE(cpuid(0, 0), number(7));
    Value* structured = b_.CreateSelect(has_structured, cpuid(7, ebx), number(0));
    Value* extended = cpuid(0x80000001, ecx);
    Value* kept = kept_registers(basic);
    Value* v2 = b_.CreateAnd(has(basic, v2_basic), has(extended, v2_extended));
    Value* v3 = b_.CreateAnd({v2, has(basic, v3_basic), has(structured, v3_structured),
                              has(extended, v3_extended), has(kept, v3_kept)});
    Value* v4 = b_.CreateAnd({v3, has(structured, v4_structured), has(kept, v4_kept)});
    Value* level = number(1);
    for (Value* next : {v2, v3, v4}) level = b_.CreateAdd(level, b_.CreateZExt(next, b_.getInt32Ty()));
    b_.CreateRet(level);
  }

 private:
  Value* number(uint32_t value) { return b_.getInt32(value); }
  Value* has(Value* found, uint32_t wanted) {
    return b_.CreateICmpEQ(b_.CreateAnd(found, number(wanted)), number(wanted));
  }

  // One of eax, ebx, ecx and edx.
  Value* cpuid(uint32_t leaf, unsigned answer) {
    llvm::Type* number_type = b_.getInt32Ty();
    auto* answers = llvm::StructType::get(number_type, number_type, number_type, number_type);
    auto* type = llvm::FunctionType::get(answers, {number_type, number_type}, false);
    auto* code = llvm::InlineAsm::get(type, "cpuid",
                                      "={ax},={bx},={cx},={dx},{ax},{cx},~{dirflag},~{fpsr},~{flags}", true);
    return b_.CreateExtractValue(b_.CreateCall(type, code, {number(leaf), number(0)}), answer);
  }

  // What the operating system keeps of the registers; nothing where it cannot be asked.
  Value* kept_registers(Value* basic) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* ask = llvm::BasicBlock::Create(b_.getContext(), "ask", function_);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "done", function_);
    b_.CreateCondBr(has(basic, osxsave), ask, done);
    b_.SetInsertPoint(ask);
    auto* answers = llvm::StructType::get(b_.getInt32Ty(), b_.getInt32Ty());
    auto* type = llvm::FunctionType::get(answers, {b_.getInt32Ty()}, false);
    auto* code = llvm::InlineAsm::get(type, "xgetbv", "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}", true);
    Value* answer = b_.CreateExtractValue(b_.CreateCall(type, code, {number(0)}), 0);
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    llvm::PHINode* kept = b_.CreatePHI(b_.getInt32Ty(), 2);
    kept->addIncoming(number(0), before);
    kept->addIncoming(answer, ask);
    return kept;
  }

  llvm::IRBuilder<> b_;
  llvm::Function* function_;
};

}  // namespace

std::optional<int> level_of(const std::string& cpu) {
  constexpr std::string_view names[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  for (int level = 1; level <= 4; ++level)
    if (cpu == names[level - 1]) return level;
  return std::nullopt;
}

void emit_processor_level(llvm::Module& module, const std::string& name) {
  LevelEmitter(module, name).run();
}

}  // namespace rondo::codegen
