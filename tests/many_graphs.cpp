// Random recurrences by the million: hours, so a command of its own (./x graphs).
//
// many_graphs COUNT FIRST NATIVE: runs the seeds FIRST to FIRST + COUNT - 1, every one through interpreter
// and loop program, and each NATIVE-th through machine code too. Prints what goes wrong as it comes, how far
// it is every ten seconds, and a last line with the figures; a crash names its seed.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "differential.h"

using namespace rondo;

namespace {

thread_local uint64_t current_seed = 0;

// Only what may be called in a handler of signals.
void name_seed(int signal) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "\nseed %llu: signal %d\n",
                                   static_cast<unsigned long long>(current_seed), signal);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, static_cast<size_t>(length));
  _exit(1);
}

class Run {
 public:
  Run(uint64_t count, uint64_t first, uint64_t native)
      : first_(first), end_(first + count), native_(native), next_(first) {}

  // Returns how many seeds went wrong.
  uint64_t run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back([&] { work(); });
    for (std::thread& thread : threads) thread.join();
    fmt::print("{} random recurrences, {} of them as machine code: {} went wrong\n", end_ - first_,
               natively_.load(), failures_.load());
    return failures_;
  }

 private:
  void work() {
    const engine::Engine engine;
    for (uint64_t seed = next_++; seed < end_; seed = next_++) {
      current_seed = seed;
      const bool native = seed % native_ == 0;
      const std::string problem = tests::run_seed(
          seed, native ? tests::Against::LoopProgramAndKernel : tests::Against::LoopProgram, engine);
      natively_ += native;
      const std::lock_guard lock(mutex_);
      if (!problem.empty()) {
        ++failures_;
        fmt::print("seed {}: {}\n", seed, problem);
      }
      show_progress(seed);
    }
  }

  void show_progress(uint64_t seed) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::seconds(10)) return;
    shown_ = now;
    fmt::print("at seed {}, {} of {}\n", seed, seed - first_, end_ - first_);
    std::fflush(stdout);
  }

  uint64_t first_, end_, native_;
  std::atomic<uint64_t> next_, natively_ = 0, failures_ = 0;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("many_graphs COUNT FIRST NATIVE\n", stderr);
    return 2;
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(signal, name_seed);
  const auto number = [&](int i) { return std::strtoull(words[i], nullptr, 10); };
  return Run(number(1), number(2), std::max(1ULL, number(3))).run() == 0 ? 0 : 1;
}
