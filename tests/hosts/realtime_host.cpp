// What a real-time thread may do with Rondo: nothing that allocates, locks, calls the system, or needs much
// stack. Prints a line for each cell and promise; exit status 1 where one is broken.
#include <dlfcn.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <rondo/rondo.hpp>

// malloc and mutexes of the whole process, counted.
namespace {
std::atomic<long> allocations{0}, locks{0};
using Lock = int (*)(pthread_mutex_t*);
Lock real_lock = nullptr;
}  // namespace

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  ++allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
void free(void* memory) {
  ++allocations;
  __libc_free(memory);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  ++locks;
  if (!real_lock) real_lock = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  return real_lock(mutex);
}
}

namespace {

constexpr int64_t block = 37;
constexpr size_t stack_bytes = size_t{64} * 1024;

struct Case {
  const char* name;
  const char* text;
  int64_t batch, features, outputs;
};

const Case cases[] = {
    {"lstm, masked", R"(
      cell lstm() {
        option mask = true
        option flush_denormals = true
        input x : f32[8]; state h : f32[24]; state c : f32[24]
        weight W : f32[8, 96]; weight U : f32[24, 96]; weight b : f32[96]
        i, f, g, o = split(x @ W + h @ U + b, 4)
        next c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        next h = sigmoid(o) * tanh(next c)
        output next h
      })",
     3, 8, 24},
    {"bank of filters", R"(
      cell biquad() {
        input x : f32[1]; state s : f32[1]; state r : f32[1]
        y = 0.2 * x + s
        next s = 0.3 * x - 0.5 * y + r
        next r = 0.1 * x - 0.2 * y
        output y
      })",
     64, 1, 1},
    {"functions and normalisation", R"(
      cell odd() {
        input x : f32[5]; state s : f32[5]; weight g : f32[5]
        next s = layer_norm(sin(s) + x ** 2.5 * erf(x) + log(1 + exp(s)), g, epsilon=0.01)
        output softmax(next s)
      })",
     2, 5, 5},
};

std::vector<std::vector<float>> weights_of(const rondo::Cell& cell) {
  std::vector<std::vector<float>> weights;
  for (const rondo::Leaf& leaf : cell.leaves(rondo::LeafKind::Weight)) {
    size_t count = 1;
    for (const int64_t extent : leaf.extents) count *= static_cast<size_t>(extent);
    weights.emplace_back(count, 0.05F);
  }
  return weights;
}

// All that a real-time thread may call, over memory that is there beforehand.
struct Work {
  rondo::Stream stream;
  const Case& about;
  std::vector<float> x, y;
  std::vector<uint8_t> mask;
  std::vector<std::byte> saved;

  void run() noexcept {
    const rondo::View in = rondo::batch_major(x.data(), block, about.features),
                      out = rondo::batch_major(y.data(), block, about.outputs),
                      kept = rondo::batch_major(mask.data(), block, 1);
    for (int turn = 0; turn < 50; ++turn) {
      stream.step(x.data(), y.data());
      stream.snapshot(saved.data());
      stream.block(block, std::span(&in, 1), std::span(&out, 1), &kept);
      stream.restore(saved);
      stream.reset(0);
    }
    stream.reset();
  }
};

bool said(const char* cell, const char* promise, bool kept) {
  std::printf("%s: %s: %s\n", cell, promise, kept ? "kept" : "BROKEN");
  std::fflush(stdout);
  return kept;
}

// A process that may do nothing but read, write and end.
bool calls_no_system(Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 2);
    work.run();
    syscall(SYS_exit, 0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool fits_a_small_stack(Work& work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t thread;
  const auto body = [](void* it) -> void* {
    static_cast<Work*>(it)->run();
    return it;
  };
  void* result = nullptr;
  return pthread_create(&thread, &attributes, body, &work) == 0 && pthread_join(thread, &result) == 0 &&
         result == &work;
}

bool keeps_promises(const Case& about) {
  const rondo::Cell cell = rondo::Program(about.name, about.text).cell();
  const auto weights = weights_of(cell);
  std::vector<const void*> first;
  for (const std::vector<float>& weight : weights) first.push_back(weight.data());
  const rondo::Model model(rondo::compile(cell), first);
  const auto steps = static_cast<size_t>(about.batch * block);
  Work work{rondo::Stream(model, about.batch),
            about,
            std::vector<float>(steps * static_cast<size_t>(about.features), 0.25F),
            std::vector<float>(steps * static_cast<size_t>(about.outputs)),
            std::vector<uint8_t>(steps, 1),
            {}};
  work.saved.resize(work.stream.snapshot_size());
  work.mask[1] = 0;
  const long allocated = allocations, locked = locks;
  work.run();
  bool kept = said(about.name, "allocates nothing", allocations == allocated);
  kept = said(about.name, "takes no lock", locks == locked) && kept;
  kept = said(about.name, "makes no system call", calls_no_system(work)) && kept;
  return said(about.name, "runs on a stack of 64 KiB", fits_a_small_stack(work)) && kept;
}

}  // namespace

int main() try {
  bool kept = true;
  for (const Case& about : cases) kept = keeps_promises(about) && kept;
  return kept && allocations > 0 ? 0 : 1;
} catch (const rondo::Error& error) {
  std::fprintf(stderr, "%s", error.what());
  return 1;
}
