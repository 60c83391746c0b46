#include "frontend/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace rondo::cli {

namespace {

bool color_is_welcome() {
  const char* refused = std::getenv("NO_COLOR");
  return !refused || !*refused;
}

}  // namespace

bool output_is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}
bool errors_are_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

int terminal_columns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool output_has_color() {
  return output_is_terminal() && color_is_welcome();
}

bool errors_have_color() {
  return errors_are_terminal() && color_is_welcome();
}

void tell(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int report(const ir::Diagnostics& diagnostics) {
  std::fflush(stdout);
  tell(diagnostics.render(errors_have_color()));
  return diagnostics.has_errors() ? 1 : 0;
}

}  // namespace rondo::cli
