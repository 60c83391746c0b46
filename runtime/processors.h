// Where threads may run.
#pragma once

namespace rondo::runtime {

/// Processors that the calling thread may use, and with it those that it starts; at least one.
int processors();

}  // namespace rondo::runtime
