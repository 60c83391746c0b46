// The header of a .npy file: a Python dictionary that says what the elements are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/type.h"

namespace rondo::data {

struct NpyHeader {
  /// numpy's type string, such as "<f4".
  std::string descr;
  /// Whether `descr` was a list: a record type. It is then not kept.
  bool is_record = false;
  bool fortran_order = false;
  ir::Dims shape;
};

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order, each once. A
/// record type may be followed by anything. Where the text is not of this form, returns nothing and says what
/// was expected in `expected`.
std::optional<NpyHeader> parse_npy_header(std::string_view text, std::string& expected);

}  // namespace rondo::data
