#include "codegen/context.h"

#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/raw_ostream.h>

#include <mutex>
#include <new>

#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

[[noreturn]] void throw_error(const std::string& what) {
  throw ir::InternalError("LLVM cannot make code of this: " + what + "; please report it");
}

// The handlers are those of the LLVM in Rondo: no other in the process knows of them.
void install_handlers() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    llvm::install_fatal_error_handler([](void*, const char* reason, bool) { throw_error(reason); });
    llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { throw std::bad_alloc(); });
  });
}

}  // namespace

Context::Context() {
  install_handlers();
  setDiagnosticHandlerCallBack([](const llvm::DiagnosticInfo* info, void*) {
    if (info->getSeverity() != llvm::DS_Error) return;
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info->print(printer);
    throw_error(text);
  });
}

}  // namespace rondo::codegen
