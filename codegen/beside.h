// Work that goes on beside other work.
#pragma once

#include <future>
#include <system_error>
#include <utility>

namespace rondo::codegen {

/// Calls `work` in a thread of its own; where there is none to be had, when its result is asked for. What it
/// throws, the result throws.
template <class Work>
auto beside(Work work) -> std::future<decltype(work())> {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, std::move(work));
  }
}

}  // namespace rondo::codegen
