// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rondo::text {

/// "; did you mean 'tanh'?" for the candidate that is a slip of the keyboard away from `word`; else empty.
/// Of "np.tanh" also what stands behind the dot counts.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

/// The same; where none is near, all of them where they are few: "; there are a, b".
std::string suggest_or_list(std::string_view word, const std::vector<std::string>& candidates);

/// "there is no function 'tanhh'; did you mean 'tanh'?", or with all that there are.
std::string no_function(std::string_view name, std::vector<std::string> functions);

}  // namespace rondo::text
