// Where threads may run.
#pragma once

namespace rondo::runtime {

/// Processors that this process may use; at least one.
int processors();

}  // namespace rondo::runtime
