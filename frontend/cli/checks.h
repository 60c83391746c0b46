// What the value of an option must be, in words for people.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rondo::cli {

/// As CLI11 wants it: empty where the word is right, else what was expected and what was found.
using Check = std::function<std::string(const std::string&)>;

Check one_of(std::vector<std::string> words);
Check whole_number_between(int64_t least, int64_t most);
Check whole_number_from(int64_t least);

}  // namespace rondo::cli
