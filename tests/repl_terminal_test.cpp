// `rondo repl` at a terminal: editing, history, completion, Ctrl-C. Drives the program through a
// pseudo-terminal.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "tests/data/scratch.h"

using namespace rondo;

namespace {

const std::string up = "\x1b[A", left = "\x1b[D", interrupt = "\x03", end_of_input = "\x04", complete = "\t";

class Terminal {
 public:
  // Without a kind the terminal is one that says nothing of itself.
  explicit Terminal(const std::string& folder, const char* kind = "xterm") {
    winsize size{40, 100, 0, 0};
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    REQUIRE(child_ >= 0);
    if (child_ > 0) return;
    unsetenv("TERM");
    if (kind) setenv("TERM", kind, 1);
    setenv("XDG_STATE_HOME", folder.c_str(), 1);
    setenv("RONDO_CACHE_DIR", "/dev/null", 1);
    if (chdir(folder.c_str()) == 0) execl(RONDO_PROGRAM, "rondo", "repl", nullptr);
    _exit(127);
  }
  ~Terminal() {
    if (!ended_) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(terminal_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) {
    REQUIRE(write(terminal_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  // Reads until `text` has come, behind what was waited for before.
  void see(const std::string& text) {
    read_until([&] { return shown_.find(text) != std::string::npos; }, text);
    shown_.erase(0, shown_.find(text) + text.size());
  }

  // The editor may draw a prompt anew while a line is typed: only one that nothing follows waits for a line.
  void see_prompt() {
    const auto waits = [&] {
      const std::string paint = "\x1b[0m";
      std::string_view end = shown_;
      if (end.ends_with(paint)) end.remove_suffix(paint.size());
      return end.ends_with("> ") && !read_more(100);
    };
    read_until(waits, "a prompt");
    shown_.clear();
  }

  // Types a line once there is a prompt, and waits for what it shows.
  void enter(const std::string& keys, const std::string& answer) {
    see_prompt();
    type(keys + "\r");
    if (!answer.empty()) see(answer);
  }

  int leave() {
    see_prompt();
    type(end_of_input);
    int status = -1;
    read_until([&] { return waitpid(child_, &status, WNOHANG) == child_; }, "the end");
    ended_ = true;
    return status;
  }

 private:
  // Long enough for any machine: no measure of speed.
  template <class Condition>
  void read_until(Condition&& condition, const std::string& wanted) {
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < late) read_more(50);
    INFO("waiting for: " << wanted << "\nshown: " << shown_);
    REQUIRE(std::chrono::steady_clock::now() < late);
  }

  bool read_more(int milliseconds) {
    pollfd wanted{terminal_, POLLIN, 0};
    if (poll(&wanted, 1, milliseconds) <= 0) return false;
    char bytes[4096];
    const ssize_t got = read(terminal_, bytes, sizeof bytes);
    if (got > 0) shown_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }

  int terminal_ = -1;
  pid_t child_ = -1;
  bool ended_ = false;
  std::string shown_;
};

}  // namespace

TEST_CASE("lines are edited, and go on over several", "[repl][terminal]") {
  const test::Scratch scratch;
  Terminal terminal(scratch.path(""));
  terminal.enter("x = [1, 3]" + left + left + "2, ", "");
  terminal.enter("x", "[1, 2, 3]");
  terminal.enter("cell ema {", ". ");
  terminal.type("input x : f32[1]; state m : f32[1]\r");
  terminal.see(". ");
  terminal.type("next m = m + x; output next m }\r");
  terminal.see("ema: input x; state m");
  terminal.enter("ema + 1", "'ema' is a cell");
  terminal.enter("run ema [[[1], [2]]]", "state.m");
  CHECK(terminal.leave() == 0);
}

TEST_CASE("history is kept between sessions, for its owner alone", "[repl][terminal]") {
  const test::Scratch scratch;
  {
    Terminal terminal(scratch.path(""));
    terminal.enter("x = 40 + 2", "");
    terminal.enter("x", "f32  42");
    CHECK(terminal.leave() == 0);
  }
  Terminal terminal(scratch.path(""));
  terminal.enter(up + up, "x = 40 + 2");
  terminal.enter(up + " + 1", "");
  terminal.enter("x", "f32  43");
  CHECK(terminal.leave() == 0);
  const auto mode = std::filesystem::status(scratch.path("rondo/history")).permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK(test::read_whole(scratch.path("rondo/history")) == "x = 40 + 2\nx\nx = 40 + 2\nx = 40 + 2 + 1\nx\n");
}

TEST_CASE("Tab completes names, commands, options and files", "[repl][terminal]") {
  const test::Scratch scratch;
  scratch.write("weights.npz", "no archive");
  Terminal terminal(scratch.path(""));
  terminal.enter("cell smoother { input x : f32[1]; state m : f32[1]; next m = x; output m }", "smoother:");
  terminal.enter("series = lins" + complete + "0, 1, 3)", "");
  terminal.enter("ser" + complete, "[  0, 0.5,   1]");
  terminal.enter(":nam" + complete, "cell  smoother");
  terminal.enter("run smo" + complete + "reshape(series, [1, 3, 1]) --go-b" + complete, "last_output");
  terminal.enter("load(\"wei" + complete + ")", "weights.npz");
  terminal.see_prompt();
  terminal.type(":pl" + complete);
  terminal.see(":plan  :plot");
  terminal.type(interrupt);
  CHECK(terminal.leave() == 0);
}

TEST_CASE("Ctrl-C ends a line or a kernel at work, never the session", "[repl][terminal]") {
  const test::Scratch scratch;
  Terminal terminal(scratch.path(""));
  terminal.enter("x = 1", "");
  terminal.see_prompt();
  terminal.type("no such line");
  terminal.see("no such line");
  terminal.type(interrupt);
  terminal.see("^C");
  terminal.enter("cell half {", ". ");
  terminal.type(interrupt);
  // The kernel would be at work for hours.
  terminal.enter(
      "cell slow { input x : f32[1]; state m : f32[256, 256]; next m = m @ m + x; output sum(m, axis=[0, 1]) "
      "}",
      "slow:");
  terminal.enter("x = zeros(1, 10000000, 1)", "");
  terminal.enter("run slow x", "");
  usleep(300'000);
  terminal.type(interrupt);
  terminal.see("interrupted");
  terminal.enter(":nan slow x", "");
  usleep(300'000);
  terminal.type(interrupt);
  terminal.see("interrupted");
  terminal.enter(":names", "f32 (1, 10000000, 1)");
  CHECK(terminal.leave() == 0);
}

TEST_CASE("a terminal that cannot edit has a person before it all the same", "[repl][terminal]") {
  const char* const kind = GENERATE("dumb", nullptr);
  const test::Scratch scratch;
  Terminal terminal(scratch.path(""), kind);
  terminal.enter("x = [1, 2]", "");
  terminal.enter("x + nothing", "there is no 'nothing' here");
  terminal.see_prompt();
  terminal.type("cell half {\r");
  terminal.see(". ");
  terminal.type(interrupt);
  terminal.enter("x * 3", "[3, 6]");
  CHECK(terminal.leave() == 0);
}
