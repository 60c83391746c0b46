// Tensors as numpy prints them, with element type and shape above.
#pragma once

#include <string>

#include "ir/tensor.h"

namespace rondo::repl {

/// Six digits a number. Of a tensor with more than 200 elements, or 24 rows, the ends of each axis are shown.
/// Lines are broken at `columns`.
std::string tensor_text(const ir::Tensor& tensor, int columns);

/// Six digits; a NaN has no sign.
std::string number_text(double number);

/// "f32 (2, 3)"
std::string type_text(const ir::Tensor& tensor);

}  // namespace rondo::repl
