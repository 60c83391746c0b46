#include "frontend/repl/interruption.h"

#include <poll.h>

#include <csignal>

namespace rondo::repl {

namespace {

volatile std::sig_atomic_t pending = 0;

void remember(int) {
  pending = 1;
}

sigset_t interrupt_alone() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

CatchInterruptions::CatchInterruptions() {
  struct sigaction action{};
  action.sa_handler = remember;  // without SA_RESTART: reading ends
  sigaction(SIGINT, &action, nullptr);
}

CatchInterruptions::~CatchInterruptions() {
  std::signal(SIGINT, SIG_DFL);
}

bool interruption_pending() {
  return pending != 0;
}

bool take_interruption() {
  const bool was = pending != 0;
  pending = 0;
  return was;
}

// The signal is let through only while waiting: one that came between a look at the flag and the wait would
// be slept over.
bool wait_for_input(int file) {
  sigset_t before;
  const sigset_t interrupt = interrupt_alone();
  sigprocmask(SIG_BLOCK, &interrupt, &before);
  pollfd wanted{file, POLLIN, 0};
  if (pending == 0) ppoll(&wanted, 1, nullptr, &before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return !take_interruption();
}

}  // namespace rondo::repl
