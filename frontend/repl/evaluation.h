// Tensor expressions over the names of a session.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/repl/session.h"

namespace rondo::repl {

struct NamedTensor {
  std::string name;  ///< empty where nothing is bound
  ir::Tensor tensor;
};

/// `a, b = expression`, or expressions alone, in the language of cells with the functions of `sources.h`
/// beside. Nothing, and diagnostics, where that is wrong or too large.
std::optional<std::vector<NamedTensor>> evaluate(const Session& session, const std::string& text,
                                                 ir::Diagnostics& diagnostics);

/// One value, as of an argument of a call.
std::optional<ir::Tensor> evaluate_one(const Session& session, const std::string& text,
                                       ir::Diagnostics& diagnostics);

}  // namespace rondo::repl
