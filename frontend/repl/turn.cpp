#include "frontend/repl/turn.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <span>

#include "frontend/cli/terminal.h"
#include "frontend/repl/interruption.h"

namespace rondo::repl {

namespace {

// What the work leaves goes through a pipe, value by value, in the layout of this program's memory: both ends
// are one program.
class Sender {
 public:
  explicit Sender(int pipe) : pipe_(pipe) {}

  void bytes(const void* from, size_t count) {
    const char* next = static_cast<const char*>(from);
    while (count > 0) {
      const ssize_t done = write(pipe_, next, count);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) _exit(1);  // nobody listens any more
      next += done;
      count -= static_cast<size_t>(done);
    }
  }
  template <class T>
  void number(T value) {
    bytes(&value, sizeof value);
  }
  void text(const std::string& value) {
    number(value.size());
    bytes(value.data(), value.size());
  }
  void tensor(const ir::Tensor& tensor) {
    number(tensor.dtype());
    number(tensor.dims().size());
    for (int64_t extent : tensor.dims()) number(extent);
    bytes(tensor.bytes(), tensor.byte_count());
  }
  // Field by field: an empty optional holds bytes that nobody wrote.
  void cursor(const std::optional<TimeCursor>& cursor) {
    const TimeCursor at = cursor.value_or(TimeCursor());
    number(cursor.has_value());
    number(at.sample);
    number(at.step.has_value());
    number(at.step.value_or(0));
  }
  void ending(const Ending& ending) {
    text(ending.text);
    text(ending.problems);
    number(ending.failed);
    cursor(ending.cursor);
    number(ending.tensors.size());
    for (const auto& [name, value] : ending.tensors) {
      text(name);
      tensor(value);
    }
  }

 private:
  int pipe_;
};

// False for ever after the sender has gone, or an interrupt.
class Receiver {
 public:
  explicit Receiver(int pipe) : pipe_(pipe) {}

  bool bytes(void* to, size_t count) {
    char* next = static_cast<char*>(to);
    while (count > 0) {
      const ssize_t got = read(pipe_, next, count);
      if (got < 0 && errno == EINTR && !interruption_pending()) continue;
      if (got <= 0) return false;
      next += got;
      count -= static_cast<size_t>(got);
    }
    return true;
  }
  template <class T>
  bool number(T& value) {
    return bytes(&value, sizeof value);
  }
  bool text(std::string& value) {
    size_t size = 0;
    if (!number(size)) return false;
    value.resize(size);
    return bytes(value.data(), size);
  }
  bool tensor(ir::Tensor& tensor) {
    ir::DType dtype{};
    size_t rank = 0;
    if (!number(dtype) || !number(rank)) return false;
    ir::Dims dims(rank);
    for (int64_t& extent : dims)
      if (!number(extent)) return false;
    tensor = ir::Tensor(dtype, std::move(dims));
    return bytes(tensor.bytes(), tensor.byte_count());
  }
  bool cursor(std::optional<TimeCursor>& cursor) {
    TimeCursor at;
    bool some = false, has_step = false;
    int64_t step = 0;
    if (!number(some) || !number(at.sample) || !number(has_step) || !number(step)) return false;
    if (has_step) at.step = step;
    if (some) cursor = at;
    return true;
  }
  bool ending(Ending& ending) {
    size_t tensors = 0;
    if (!text(ending.text) || !text(ending.problems) || !number(ending.failed) || !cursor(ending.cursor) ||
        !number(tensors))
      return false;
    for (size_t i = 0; i < tensors; ++i) {
      std::string name;
      if (!text(name) || !tensor(ending.tensors[name])) return false;
    }
    return true;
  }

 private:
  int pipe_;
};

[[noreturn]] void work_and_leave(const std::function<void(Turn&)>& work, int pipe) {
  std::signal(SIGINT, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing goes on working for a session that is gone
  Turn turn;
  try {
    work(turn);
  } catch (const std::bad_alloc&) {
    turn = {};
    turn.diagnostics.error("there is not enough memory for this");
  } catch (const std::exception& error) {
    turn.diagnostics.error(error.what());
  }
  std::fflush(stdout);
  Sender(pipe).ending(ending_of(std::move(turn)));
  _exit(0);
}

Ending failure(std::string message) {
  Turn turn;
  turn.diagnostics.error(std::move(message));
  return ending_of(std::move(turn));
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Ending ending_of(Turn turn) {
  Ending ending;
  ending.problems = turn.diagnostics.render(cli::errors_have_color());
  ending.failed = turn.diagnostics.has_errors();
  ending.text = std::move(turn.text);
  ending.tensors = std::move(turn.tensors);
  ending.cursor = turn.cursor;
  return ending;
}

Ending work_apart(const std::function<void(Turn&)>& work) {
  int ends[2];
  if (pipe(ends) != 0) return failure(fmt::format("no pipe could be made: {}", std::strerror(errno)));
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    work_and_leave(work, ends[1]);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return failure(fmt::format("no process could be made: {}", std::strerror(errno)));
  }
  Ending ending;
  const bool whole = Receiver(ends[0]).ending(ending);
  if (!whole) kill(child, SIGKILL);
  close(ends[0]);
  const int status = wait_for(child);
  if (whole) return ending;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (take_interruption() || signal == SIGINT) {
    ending = Ending();
    ending.interrupted = ending.failed = true;
    return ending;
  }
  return failure(fmt::format("the work ended by itself ({}); what is defined is as it was",
                             signal ? strsignal(signal) : "for no reason that could be found"));
}

}  // namespace rondo::repl
