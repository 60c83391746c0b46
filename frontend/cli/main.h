// The command line of Rondo as a function.
#pragma once

namespace rondo::cli {

/// Runs `rondo ARGS...`. Returns the exit status: 0 done; 1 the user's input is wrong, with diagnostics on
/// standard error; 2 the command line is wrong.
int main(int argc, char** argv);

}  // namespace rondo::cli
