// What the linker of images refuses: whatever would not run wherever it is put.
#include <llvm/IR/IRBuilder.h>
#include <llvm/MC/TargetRegistry.h>

#include <catch2/catch.hpp>
#include <functional>

#include "codegen/image_linker.h"
#include "codegen/machines.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"

using namespace rondo;

namespace {

const std::array<std::string, 4> names = {"a", "a_workspace", "a_prepare", "a_prepared_size"};

// A module of small functions; the last of them returns what a test makes.
class Sample {
 public:
  Sample() : module_("sample", context_), builder_(context_) {
    module_.setTargetTriple(codegen::host_machine().triple);
  }

  using Value = std::function<llvm::Value*(Sample&)>;

  llvm::Expected<runtime::CodeImage> link(const Value& value, llvm::TargetMachine& machine) {
    for (const std::string& name : names) {
      begin(name);
      builder_.CreateRet(name == names.back() ? value(*this) : builder_.getInt64(1));
    }
    const auto object = codegen::emit_object(module_, machine);
    auto linked = codegen::link_part(codegen::Part::Whole, object->getMemBufferRef(), names[0], functions_);
    if (!linked) return linked.takeError();
    return codegen::joined(std::move(*linked), {});
  }

  llvm::Expected<runtime::CodeImage> link(const Value& value) {
    return link(value, *codegen::make_target_machine(codegen::host_machine()));
  }

  llvm::Function* begin(const std::string& name) {
    llvm::Function* function = declare(name);
    function->setDoesNotThrow();
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", function));
    return function;
  }
  llvm::Function* declare(const std::string& name) {
    auto* type = llvm::FunctionType::get(builder_.getInt64Ty(), false);
    return llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module_);
  }
  llvm::GlobalVariable* global(llvm::Constant* value, bool constant) {
    return new llvm::GlobalVariable(module_, value->getType(), constant, llvm::GlobalValue::InternalLinkage,
                                    value, "global");
  }
  // A function that is linked by itself, and returns a number from memory; as the module sees it.
  llvm::Function* other_image(const std::string& name, uint64_t result) {
    Sample other;
    other.begin(name);
    llvm::Value* place = other.global(other.build().getInt64(result), true);
    other.build().CreateRet(other.build().CreateLoad(other.build().getInt64Ty(), place, true));
    const auto object =
        codegen::emit_object(other.module_, *codegen::make_target_machine(codegen::host_machine()));
    auto image = codegen::link_image(object->getMemBufferRef(), std::array{name});
    REQUIRE(bool(image));
    functions_.push_back({name, std::make_shared<codegen::LinkedImage>(std::move(*image))});
    return declare(name);
  }
  llvm::Module& module() { return module_; }
  llvm::IRBuilder<>& build() { return builder_; }

 private:
  llvm::LLVMContext context_;
  llvm::Module module_;
  llvm::IRBuilder<> builder_;
  std::vector<codegen::LinkedFunction> functions_;
};

std::string refusal(const Sample::Value& value) {
  auto image = Sample().link(value);
  return image ? "" : llvm::toString(image.takeError());
}

}  // namespace

TEST_CASE("functions and constants are linked", "[code]") {
  auto image = Sample().link([](Sample& sample) {
    auto* numbers =
        llvm::ConstantDataArray::get(sample.module().getContext(), llvm::ArrayRef<uint64_t>{7, 42});
    llvm::Value* place = sample.build().CreateConstInBoundsGEP1_64(sample.build().getInt64Ty(),
                                                                   sample.global(numbers, true), 1);
    return sample.build().CreateLoad(sample.build().getInt64Ty(), place, true);
  });
  REQUIRE(bool(image));
  std::error_code problem;
  const auto code = runtime::make_executable(*image, problem);
  REQUIRE(code);
  CHECK(code->entries().prepared_size() == 42);
}

TEST_CASE("functions of other images become part of an image", "[code]") {
  auto image = Sample().link([](Sample& sample) {
    llvm::Value* five = sample.build().CreateCall(sample.other_image("five", 5));
    llvm::Value* seven = sample.build().CreateCall(sample.other_image("seven", 7));
    return sample.build().CreateMul(five, seven);
  });
  REQUIRE(bool(image));
  std::error_code problem;
  const auto code = runtime::make_executable(*image, problem);
  REQUIRE(code);
  CHECK(code->entries().prepared_size() == 35);
}

// As they are compiled one beside the other: what is called ahead of the kernel lies behind it.
TEST_CASE("two parts become one image", "[code]") {
  const auto link = [](codegen::Part part, std::span<const std::string> functions) {
    Sample sample;
    for (const std::string& name : functions) {
      sample.begin(name);
      llvm::Value* place = sample.global(sample.build().getInt64(name.size()), true);
      sample.build().CreateRet(sample.build().CreateLoad(sample.build().getInt64Ty(), place, true));
    }
    const auto object =
        codegen::emit_object(sample.module(), *codegen::make_target_machine(codegen::host_machine()));
    auto image = codegen::link_part(part, object->getMemBufferRef(), names[0], {});
    REQUIRE(bool(image));
    return std::move(*image);
  };
  const std::span all(names);
  codegen::LinkedImage kernel = link(codegen::Part::Kernel, all.first(1));
  const runtime::CodeImage image = codegen::joined(kernel, link(codegen::Part::Ahead, all.subspan(1)));
  std::error_code problem;
  const auto code = runtime::make_executable(image, problem);
  REQUIRE(code);
  CHECK(code->entries().run(nullptr) == 1);
  CHECK(code->entries().workspace_size(0) == 11);
  CHECK(code->entries().prepared_size() == 15);
}

TEST_CASE("an image says how finely it may be placed", "[code]") {
  const auto alignment_on = [](const std::string& triple) {
    ir::Diagnostics diagnostics;
    const auto target = codegen::machine_named(triple, "", diagnostics);
    REQUIRE(target.has_value());
    Sample sample;
    sample.module().setTargetTriple(target->triple);
    sample.begin("f");
    llvm::Value* place = sample.global(sample.build().getInt64(7), true);
    sample.build().CreateRet(sample.build().CreateLoad(sample.build().getInt64Ty(), place, true));
    const auto object = codegen::emit_object(sample.module(), *codegen::make_target_machine(*target));
    auto image = codegen::link_image(object->getMemBufferRef(), std::array<std::string, 1>{"f"});
    REQUIRE(bool(image));
    return image->alignment;
  };
  CHECK(alignment_on("x86_64-linux-gnu") == 64);     // addresses count from the instruction
  CHECK(alignment_on("aarch64-linux-gnu") == 4096);  // and here from its page
}

TEST_CASE("an image refers to nothing outside itself", "[code]") {
  CHECK_THAT(refusal([](Sample& sample) { return sample.build().CreateCall(sample.declare("outside")); }),
             Catch::Contains("outside itself: outside"));
}

TEST_CASE("an image has no variables", "[code]") {
  CHECK_THAT(refusal([](Sample& sample) {
               return sample.build().CreateLoad(sample.build().getInt64Ty(),
                                                sample.global(sample.build().getInt64(1), false), true);
             }),
             Catch::Contains("variables"));
}

TEST_CASE("an image has no addresses in it", "[code]") {
  const auto usual = codegen::make_target_machine(codegen::host_machine());
  const std::unique_ptr<llvm::TargetMachine> not_relocatable(usual->getTarget().createTargetMachine(
      codegen::host_machine().triple, "", "", {}, llvm::Reloc::Static, llvm::CodeModel::Large));
  Sample sample;
  auto image = sample.link(
      [](Sample& s) {
        return s.build().CreatePtrToInt(s.module().getFunction(names[0]), s.build().getInt64Ty());
      },
      *not_relocatable);
  REQUIRE_FALSE(bool(image));
  CHECK_THAT(llvm::toString(image.takeError()), Catch::Contains("not relative"));
}

TEST_CASE("a function that is missing is no crash", "[code]") {
  llvm::LLVMContext context;
  llvm::Module module("empty", context);
  module.setTargetTriple(codegen::host_machine().triple);
  const auto object = codegen::emit_object(module, *codegen::make_target_machine(codegen::host_machine()));
  auto image = codegen::link_kernel(object->getMemBufferRef(), names[0]);
  REQUIRE_FALSE(bool(image));
  CHECK_THAT(llvm::toString(image.takeError()), Catch::Contains("lacks the function a"));
}
