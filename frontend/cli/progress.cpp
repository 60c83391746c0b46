#include "frontend/cli/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "frontend/cli/terminal.h"

namespace rondo::cli {

Progress::Progress(std::string_view what) : shown_(errors_are_terminal()) {
  if (shown_) tell(fmt::format("\r{} ...\033[K", what));
  std::fflush(stderr);
}

Progress::~Progress() {
  if (shown_) tell("\r\033[K");
}

}  // namespace rondo::cli
