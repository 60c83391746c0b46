// What `main` needs of a subcommand.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace rondo::cli {

/// A subcommand that has been added to the program. `work` runs it once the command line has been parsed, and
/// returns the exit status.
struct Command {
  CLI::App* app = nullptr;
  std::function<int()> work;
};

}  // namespace rondo::cli
