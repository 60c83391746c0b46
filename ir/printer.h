// Step graphs and recurrences as text in Rondo's own language.
#pragma once

#include <string>
#include <string_view>

#include "ir/recurrence.h"

namespace rondo::ir {

/// The graph as a cell of the text language; all sizes are numbers. A named node is a statement of its own.
/// An unnamed one stands within the expression that uses it where that is its only use and the expression
/// stays short; else it is called v1, v2, ... The value that only a state takes is written where it is
/// computed, as `next h = ...`.
///
/// Parsing the text gives an equal graph, which prints as the same text. What the text cannot say is left
/// out: nodes that are neither named nor used, operations that change nothing (a cast to the type that is
/// there), names of literals. Of several nodes of one name the later ones are called z_1, z_2, ...
std::string print(const StepGraph& graph);

/// As above, with an `option` line for each option that is not at its default.
std::string print(const Recurrence& recurrence);

/// Whether the language reserves the word; it then names a value only in backquotes.
bool is_keyword(std::string_view word);

/// Whether the text is a name without backquotes: dotted words of letters, digits and underscores, not
/// reserved.
bool is_plain_name(std::string_view text);

}  // namespace rondo::ir
