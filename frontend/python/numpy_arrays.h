// numpy's own arrays by numpy's C interface: what the buffer protocol would tell, in a tenth of the time.
#pragma once

#include <optional>
#include <string_view>

#include "frontend/python/arrays.h"

namespace rondo::python {

/// To be called once, when the module is imported. Raises ImportError where there is no numpy that fits.
void import_numpy_interface();

/// Whether it is an array of numpy's, or of a class derived from it.
bool is_numpy_array(nanobind::handle object);

/// An array of numpy's as it lies in memory; nothing where its element type is none of Rondo's, or its
/// strides are no multiples of the elements.
std::optional<ArrayView> view_of_numpy(nanobind::handle array);

}  // namespace rondo::python
