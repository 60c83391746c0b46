// Programs under Valgrind's memcheck.
#pragma once

#include <string>
#include <vector>

namespace rondo::test {

/// What stands before a program's name: silent and without effect on its status where nothing is wrong. A
/// read that is only partly within an array is wrong, also where it is aligned.
inline const std::vector<std::string> memcheck = {"valgrind",
                                                  "-q",
                                                  "--error-exitcode=99",
                                                  "--partial-loads-ok=no",
                                                  "--leak-check=full",
                                                  "--errors-for-leak-kinds=definite",
                                                  "--run-libc-freeres=no"};

}  // namespace rondo::test
