// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rondo::text {

/// "; did you mean 'tanh'?" for the candidate that is a slip of the keyboard away from `word`; else empty.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace rondo::text
