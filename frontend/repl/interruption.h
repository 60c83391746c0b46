// Ctrl-C at a terminal: a flag instead of an end.
#pragma once

namespace rondo::repl {

/// Catches SIGINT while it lives; calls that wait for input are cut short by it. To be made where a person
/// sits at a terminal: elsewhere the signal ends the program as any other.
class CatchInterruptions {
 public:
  CatchInterruptions();
  ~CatchInterruptions();
  CatchInterruptions(const CatchInterruptions&) = delete;
  CatchInterruptions& operator=(const CatchInterruptions&) = delete;
};

bool interruption_pending();
/// Whether there was one; there is none from then on.
bool take_interruption();

/// Waits until `file` can be read; false where an interruption comes first, and then takes it.
bool wait_for_input(int file);

}  // namespace rondo::repl
