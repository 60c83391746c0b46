// The threads that the calls of one compiled object share.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>

#include "runtime/thread_pool.h"

namespace rondo::python {

/// Keeps its threads from call to call, as starting them costs more than many a call. One call at a time has
/// them; a process made by fork has none of its parent's, and starts its own.
class CallPool {
 public:
  CallPool() = default;
  ~CallPool();
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  /// So many threads or more for as long as it lives, or none: another call has them, or the system has no
  /// more to give.
  class Turn {
   public:
    runtime::ThreadPool* threads() const { return threads_; }

   private:
    friend class CallPool;
    std::unique_lock<std::mutex> lock_;
    runtime::ThreadPool* threads_ = nullptr;
  };
  Turn take(int threads);

 private:
  void forget_another_process();

  std::mutex turn_;
  std::unique_ptr<runtime::ThreadPool> pool_;
  pid_t process_ = 0;  ///< whose threads they are
};

}  // namespace rondo::python
