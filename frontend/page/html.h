// Text inside HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rondo::page {

/// The text with &, <, > and quotes as references.
std::string escaped(std::string_view text);

/// ` data-lines="7 8"`, by which a page links what comes from the same lines of source; empty for none.
std::string lines_attribute(const std::vector<int>& lines);

}  // namespace rondo::page
