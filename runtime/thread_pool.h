// A few threads that wait for work: the parts of one call side by side.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace rondo::runtime {

/// Runs functions in `threads` threads, the caller's among them. Workers wait without using the processor,
/// but for some tens of microseconds after each piece of work, so that calls behind one another start at
/// once. One caller at a time.
class ThreadPool {
 public:
  /// Throws std::system_error where the system has no more threads to give.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  /// Calls `work(0)` ... `work(threads() - 1)`, each in a thread of its own, and returns when all are done.
  /// None of them may throw.
  void run(const std::function<void(int)>& work);

 private:
  void serve(int number);
  void stop();

  const std::function<void(int)>* work_ = nullptr;
  std::atomic<uint32_t> round_{0};  // a new value: there is work, or (stopping_) nothing will come
  std::atomic<uint32_t> pending_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> workers_;
};

}  // namespace rondo::runtime
