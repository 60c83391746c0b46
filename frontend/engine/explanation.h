// What `rondo explain` shows: each part as text, and all of them as JSON.
#pragma once

#include <optional>
#include <string>

#include "passes/pass_manager.h"

namespace rondo::engine {

/// The passes with what they do, in the order in which they run.
std::string passes_text();

/// What each pass decided, with the lines of source that it is about.
std::string remarks_text(const passes::Pipeline& pipeline);

/// The nodes of the graph as the passes left it: when in time each can run, and where it does. Empty where
/// the passes ended before that was found out.
std::string time_classes_text(const passes::Pipeline& pipeline);

/// The parts that were asked for; an absent one is left out.
struct Explanation {
  std::string file;
  std::string target;
  const passes::Pipeline* pipeline = nullptr;
  bool passes = false, remarks = false, time_classes = false, graph = false, loops = false;
  std::optional<std::string> llvm, assembly;
};

std::string as_text(const Explanation& explanation);

/// One JSON object with the same parts.
std::string as_json(const Explanation& explanation);

}  // namespace rondo::engine
