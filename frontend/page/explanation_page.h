// `rondo explain --html`: a page of its own, without a network, that shows what became of a cell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/engine/linked_code.h"
#include "passes/estimate.h"

namespace rondo::page {

/// What was measured, or why nothing was.
struct StepTime {
  double predicted_cycles = 0;
  std::optional<double> predicted_seconds;  ///< where the speed of the machine is known
  std::optional<double> measured_seconds;
  int64_t batch = 1, time = 0;  ///< of the calls that were measured
  std::string unmeasured;       ///< the reason, where nothing was measured
};

struct PageContents {
  std::string file;
  std::string target;
  const passes::Pipeline* pipeline = nullptr;  ///< that made its loop program
  std::vector<engine::LinkedLine> loops, llvm, assembly;
  passes::StepEstimate estimate;
  StepTime time;
  std::string plan;  ///< as a plan file has it
};

/// HTML with its style and script inside. Source, graph, recurrence, decisions, loop program, LLVM IR and
/// assembly are linked: what comes from a line of source is marked everywhere while the pointer is on any of
/// it.
std::string explanation_page(const PageContents& contents);

}  // namespace rondo::page
