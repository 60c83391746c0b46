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
  explicit Terminal(const std::string& folder) {
    winsize size{40, 100, 0, 0};
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    REQUIRE(child_ >= 0);
    if (child_ > 0) return;
    setenv("TERM", "xterm", 1);
    setenv("XDG_STATE_HOME", folder.c_str(), 1);
    setenv("RONDO_CACHE_DIR", "/dev/null", 1);
    if (chdir(folder.c_str()) == 0) execl(RONDO_PROGRAM, "rondo", "repl", nullptr);
    _exit(127);
  }
  ~Terminal() {
    kill(child_, SIGKILL);
    if (!ended_) waitpid(child_, nullptr, 0);
    close(terminal_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) {
    REQUIRE(write(terminal_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  // Reads until `text` has come, behind what was waited for before. A minute is an eternity, no measure of
  // speed.
  void see(const std::string& text) {
    INFO("waiting for: " << text);
    const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    size_t found = shown_.find(text);
    while (found == std::string::npos && std::chrono::steady_clock::now() < late && read_more())
      found = shown_.find(text);
    INFO("shown: " << shown_);
    REQUIRE(found != std::string::npos);
    shown_.erase(0, found + text.size());
  }

  // Types a line once there is a prompt, and waits for what it shows.
  void enter(const std::string& keys, const std::string& answer) {
    see("> ");
    type(keys + "\r");
    if (!answer.empty()) see(answer);
  }

  int leave() {
    see("> ");
    type(end_of_input);
    while (read_more()) {
    }
    int status = -1;
    waitpid(child_, &status, 0);
    ended_ = true;
    return status;
  }

 private:
  bool read_more() {
    pollfd wanted{terminal_, POLLIN, 0};
    if (poll(&wanted, 1, 1000) == 0) return true;
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
  terminal.enter("x = [1, 3]" + left + left + ", 2", "");
  terminal.enter("x", "[1, 2, 3]");
  terminal.enter("cell ema {", ". ");
  terminal.type("input x : f32[1]; state m : f32[1]\r");
  terminal.see(". ");
  terminal.type("next m = m + x; output next m }\r");
  terminal.see("ema: input x; state m");
  terminal.enter("ema + 1", "error: ");
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
  terminal.enter("load(\"wei" + complete, "weights.npz");
  terminal.see("> ");
  terminal.type(":pl" + complete);
  terminal.see(":plan  :plot");
  terminal.type(interrupt);
  CHECK(terminal.leave() == 0);
}

TEST_CASE("Ctrl-C ends a line or a kernel at work, never the session", "[repl][terminal]") {
  const test::Scratch scratch;
  Terminal terminal(scratch.path(""));
  terminal.enter("x = 1", "");
  terminal.see("> ");
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
