// Words that other languages have, and what to write in their place.
#pragma once

#include <string_view>

namespace rondo::text {

/// "write 'output ...'" for "return"; empty for words that mean nothing elsewhere either.
std::string_view instead_of(std::string_view word);

}  // namespace rondo::text
