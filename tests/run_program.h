// The rondo program as a user runs it: arguments and standard input in, exit status and both outputs out.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "tests/data/scratch.h"

extern char** environ;

namespace rondo::test {

struct Outcome {
  int status = -1;  ///< exit status; 128 + the signal where one ended the program; -1 where it did not start
  std::string out, err;
};

// What exec wants: the words, and a null behind them.
inline std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Runs a program, found along the path where its name has no slash. `environment` wins over that of the
/// tests.
inline Outcome run_command(std::vector<std::string> words, const std::string& standard_input = "",
                           const std::map<std::string, std::string>& environment = {}) {
  // Files instead of pipes: neither side ever waits for the other.
  const Scratch scratch;
  const std::string in = scratch.write("in", standard_input), out = scratch.path("out"),
                    err = scratch.path("err");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  std::vector<std::string> settings;
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  for (char** inherited = environ; *inherited; ++inherited) {
    const std::string setting = *inherited;
    if (!environment.contains(setting.substr(0, setting.find('=')))) settings.push_back(setting);
  }
  Outcome outcome;
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, words[0].c_str(), &actions, nullptr, pointers_to(words).data(),
                   pointers_to(settings).data()) == 0 &&
      waitpid(child, &status, 0) == child)
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  posix_spawn_file_actions_destroy(&actions);
  outcome.out = read_whole(out);
  outcome.err = read_whole(err);
  return outcome;
}

/// Kernels are cached nowhere where `environment` does not say so.
inline Outcome run_rondo(const std::vector<std::string>& arguments, const std::string& standard_input = "",
                         const std::map<std::string, std::string>& environment = {}) {
  std::vector<std::string> words = {RONDO_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string> variables = {{"RONDO_CACHE_DIR", "/dev/null"}};
  for (const auto& [name, value] : environment) variables[name] = value;
  return run_command(std::move(words), standard_input, variables);
}

}  // namespace rondo::test
