#include "codegen/function_library.h"

#include <llvm/Bitcode/BitcodeReader.h>

#include <algorithm>
#include <array>

#include "codegen/beside.h"
#include "codegen/context.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

// More than all shapes of tiles for a processor. Whoever has as many weights with strides of their own gets
// them compiled again.
constexpr size_t most_functions = 512;

template <class Result>
Result value_of(llvm::Expected<Result> result, const std::string& what) {
  if (!result)
    throw ir::InternalError(what + ": " + llvm::toString(result.takeError()) + "; please report it");
  return std::move(*result);
}

std::shared_ptr<const LinkedImage> compile(const StandaloneFunction& function, const ir::Target& target) {
  Context context;
  const std::unique_ptr<llvm::Module> module = value_of(
      llvm::parseBitcodeFile({function.bitcode, function.name}, context), "LLVM cannot read what it wrote");
  const std::unique_ptr<llvm::MemoryBuffer> object = emit_object(*module, *make_target_machine(target));
  return std::make_shared<LinkedImage>(
      value_of(link_image(object->getMemBufferRef(), std::array{function.name}),
               "the function " + function.name + " cannot be linked"));
}

}  // namespace

FunctionLibrary& FunctionLibrary::instance() {
  // Never destroyed: threads may compile while the process ends.
  static auto& library = *new FunctionLibrary;
  return library;
}

std::future<std::vector<LinkedFunction>> FunctionLibrary::code_of(std::vector<StandaloneFunction> functions,
                                                                  const ir::Target& target) {
  const bool known = std::all_of(functions.begin(), functions.end(),
                                 [&](const StandaloneFunction& f) { return find(f.bitcode) != nullptr; });
  const auto work = [this, functions = std::move(functions), &target] {
    std::vector<LinkedFunction> linked;
    for (const StandaloneFunction& function : functions)
      linked.push_back({function.name, find_or_compile(function, target)});
    return linked;
  };
  if (known) return std::async(std::launch::deferred, work);
  return beside(work);
}

FunctionLibrary::Image FunctionLibrary::find(const std::string& bitcode) {
  const std::lock_guard lock(mutex_);
  const auto found = images_.find(bitcode);
  return found == images_.end() ? nullptr : found->second;
}

FunctionLibrary::Image FunctionLibrary::find_or_compile(const StandaloneFunction& function,
                                                        const ir::Target& target) {
  if (Image known = find(function.bitcode)) return known;
  Image image = compile(function, target);
  if (!function.is_common) return image;
  const std::lock_guard lock(mutex_);
  if (images_.size() >= most_functions) images_.clear();
  images_.emplace(function.bitcode, image);
  return image;
}

}  // namespace rondo::codegen
