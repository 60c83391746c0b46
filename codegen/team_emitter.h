// Threads that run one call together (runtime/team.h): what falls to each of them, and where they meet.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <map>

#include "ir/loop_program.h"

namespace rondo::codegen {

/// Blocks of columns of a nest, from the first on.
struct Share {
  llvm::Value* first;
  llvm::Value* count;
};

/// Of the kernel of one program. Where no threads may share a call it emits nothing.
///
/// Threads share the columns of some nests (ir::has_shared_columns); the first of them runs all others. They
/// meet ahead of each nest that may touch what another thread did since the last meeting: all run through
/// the same meetings, as where they are depends on the program alone.
class TeamEmitter {
 public:
  TeamEmitter(llvm::IRBuilder<>& builder, const ir::LoopProgram& program)
      : b_(builder), is_shared_(program.sharing.threads > 1), program_(program) {}

  /// At the beginning of the kernel; `frame` is a runtime::CallFrame where threads share calls.
  void begin_call(llvm::Value* frame, llvm::Value* workspace);
  /// The workspace of what all threads read and write.
  llvm::Value* workspace() const { return workspace_; }

  /// The blocks that fall to this thread, of a stage with panels.
  Share share_of(const ir::Stage& stage) const;
  /// Emits a nest: whole for each thread, which takes its share, or for one of them.
  void emit(const ir::Nest& nest, const std::function<void()>& body);
  /// Emits a loop that runs the nests of these phases, once or again: what a nest may touch then depends also
  /// on the turn before, and behind the loop on whether there was one.
  void emit_loop(const std::vector<const std::vector<ir::Nest>*>& phases, const std::function<void()>& loop);

 private:
  void make_shares(llvm::Value* number, llvm::Value* members);

  enum class Last { Nothing, OfOne, Shared };  // since the last meeting

  void emit_meeting();

  llvm::IRBuilder<>& b_;
  bool is_shared_;
  const ir::LoopProgram& program_;
  llvm::Value* workspace_ = nullptr;
  llvm::Value* member_ = nullptr;    // null at run time: one thread alone
  llvm::Value* is_first_ = nullptr;  // of the threads
  std::map<int64_t, Share> shares_;  // by how many pieces there are to be shared
  Last last_ = Last::Nothing;
};

}  // namespace rondo::codegen
