// Sizes: the integer parameters of a cell, expressions over them, and what given arrays say about them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "frontend/text/syntax.h"

namespace rondo::text {

/// Values of parameters by name.
using Sizes = std::map<std::string, int64_t, std::less<>>;

/// The cell of that name among the first `count` cells of the file; null where there is none.
const CellSyntax* find_cell(const File& file, std::string_view name, size_t count);

/// Value of an extent, an option or a parameter of an instance. Reports what is no integer.
std::optional<int64_t> evaluate_size(const File& file, ExprId expr, const Sizes& sizes,
                                     ir::Diagnostics& diagnostics);

/// Parameters of a cell from the arguments of `cell a = callee(...)` and from defaults.
std::optional<Sizes> instance_sizes(const File& file, const CellSyntax& callee, const Expr& call,
                                    const Sizes& outer, ir::Diagnostics& diagnostics);

/// Parameters of the cell from, in this order: what the caller sets; the shapes of given arrays, where a
/// declared extent is linear in one open parameter (`units`, `3*units`, `2*units + 1`); defaults. Shapes that
/// contradict are left to whoever checks the arrays.
std::optional<Sizes> settle_sizes(const File& file, const CellSyntax& cell,
                                  const std::map<std::string, int64_t>& settings,
                                  const std::map<std::string, ir::Dims>& known_shapes,
                                  ir::Diagnostics& diagnostics);

}  // namespace rondo::text
