#include "frontend/python/call_pool.h"

#include <unistd.h>

#include <system_error>
#include <tuple>

namespace rondo::python {

CallPool::~CallPool() {
  forget_another_process();
}

// The threads are not there; waiting for them to end would never end.
void CallPool::forget_another_process() {
  if (pool_ && process_ != getpid()) std::ignore = pool_.release();
}

CallPool::Turn CallPool::take(int threads) {
  Turn turn;
  if (threads < 2) return turn;
  turn.lock_ = std::unique_lock(turn_, std::try_to_lock);
  if (!turn.lock_) return turn;
  forget_another_process();
  if (!pool_ || pool_->threads() < threads) {
    pool_.reset();
    try {
      pool_ = std::make_unique<runtime::ThreadPool>(threads);
    } catch (const std::system_error&) {  // the call says so where it finds none either
      return turn;
    }
    process_ = getpid();
  }
  turn.threads_ = pool_.get();
  return turn;
}

}  // namespace rondo::python
