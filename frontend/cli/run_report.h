// What `rondo run` says when it is done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/job.h"
#include "frontend/cli/results.h"
#include "frontend/engine/engine.h"

namespace rondo::cli {

struct RunFacts {
  std::string file;
  const Job* job = nullptr;
  const engine::Compiled* compiled = nullptr;  ///< null where the interpreter ran
  std::string target;                          ///< empty where the interpreter ran
  double compile_milliseconds = 0;             ///< passes and code generation
  double seconds_a_call = 0;                   ///< median
  int calls = 0;
  const ir::Results* results = nullptr;
  std::optional<Difference> difference;  ///< from the interpreter
  std::vector<Score> scores;
  std::vector<std::string> written;  ///< files
  bool time_passes = false;
};

std::string as_text(const RunFacts& facts);

/// The part of it that is about the results: a line for each, with a head.
std::string results_text(const ir::StepGraph& step, const ir::Results& results);

/// "12.5 us"; "3.2 G", to be followed by a unit.
std::string duration(double seconds);
std::string quantity(double value);

/// One JSON object with the same facts.
std::string as_json(const RunFacts& facts);

/// The remarks that matter to a user: for each of a few passes the first, and how many more there are.
std::vector<std::pair<std::string, std::string>> decisions(const std::vector<passes::Remark>& remarks);

/// A table of what the passes took.
std::string pass_times(const std::vector<passes::PassTime>& times);

}  // namespace rondo::cli
