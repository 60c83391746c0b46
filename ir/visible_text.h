// Text of anybody's as it is safe to show.
#pragma once

#include <string>
#include <string_view>

namespace rondo::ir {

/// UTF-8 with what steers a terminal written out: control characters but line breaks and tabs as \x1b,
/// characters that turn the direction of writing (Unicode Standard Annex #9) as \u202e.
std::string visible(std::string_view text);

/// Whether text can be called so: it is not empty, and has no backquotes, line breaks, tabs or what else is
/// not `visible`.
bool can_be_name(std::string_view text);

}  // namespace rondo::ir
