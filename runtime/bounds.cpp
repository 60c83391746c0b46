#include "runtime/bounds.h"

#include <algorithm>

namespace rondo::runtime {

void Bounds::add(std::string name, const void* begin, int64_t bytes, bool writable) {
  if (!begin || bytes <= 0) return;
  const auto first = reinterpret_cast<uintptr_t>(begin);
  ranges_.push_back({std::move(name), first, first + static_cast<uintptr_t>(bytes), writable});
}

void Bounds::add_array(std::string name, const rondo_array& array, int64_t element_bytes, int64_t elements,
                       int64_t batch, int64_t time, bool writable) {
  if (batch <= 0 || time <= 0 || elements <= 0) return;
  int64_t least = 0, most = elements;
  for (const int64_t reach : {array.batch_stride * (batch - 1), array.time_stride * (time - 1)})
    (reach < 0 ? least : most) += reach;
  add(std::move(name), static_cast<const std::byte*>(array.data) + least * element_bytes,
      (most - least) * element_bytes, writable);
}

void* Bounds::check(Bounds* bounds, void* address, int64_t bytes, int64_t place, int32_t writes) {
  const auto begin = reinterpret_cast<uintptr_t>(address);
  for (const Range& range : bounds->ranges_)
    if (begin >= range.begin && begin + static_cast<uintptr_t>(bytes) <= range.end &&
        (range.writable || writes == 0))
      return address;
  bounds->report(begin, bytes, place, writes != 0);
  return bounds->elsewhere_;
}

void Bounds::report(uintptr_t begin, int64_t bytes, int64_t place, bool writes) {
  if (violation_) return;
  violation_ = Violation{place, writes, bytes, "", 0, 0};
  uint64_t nearest = UINT64_MAX;
  for (const Range& range : ranges_) {
    const uint64_t distance = begin < range.begin  ? range.begin - begin
                              : begin >= range.end ? begin - range.end
                                                   : 0;
    if (distance >= nearest) continue;
    nearest = distance;
    violation_->nearest = range.name;
    violation_->begins_at = static_cast<int64_t>(begin - range.begin);
    violation_->memory_bytes = static_cast<int64_t>(range.end - range.begin);
  }
}

}  // namespace rondo::runtime
