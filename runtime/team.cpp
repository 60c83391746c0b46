#include "runtime/team.h"

#include <thread>

#include "runtime/pause.h"

namespace rondo::runtime {

namespace {

// Looks this often before others may have the processor: some microseconds.
constexpr int looks = 500;

void await(const std::atomic<uint32_t>& meetings, uint32_t wanted) {
  // Counts may wrap around, but no member is ever ahead of another by more than one.
  const auto has_come = [&] { return meetings.load(std::memory_order_acquire) - wanted <= 1; };
  for (int i = 0; i < looks; ++i) {
    if (has_come()) return;
    pause();
  }
  while (!has_come()) std::this_thread::yield();
}

}  // namespace

Team::Team(int members, void* workspace) : members_(static_cast<size_t>(members)) {
  for (int number = 0; number < members; ++number) {
    Member& member = members_[static_cast<size_t>(number)];
    member.number = number;
    member.members = members;
    member.workspace = workspace;
    member.meet = &Team::meet;
    member.team = this;
  }
}

void Team::meet(Member* member) {
  const uint32_t now = member->meetings.load(std::memory_order_relaxed) + 1;
  member->meetings.store(now, std::memory_order_release);
  for (const Member& other : member->team->members_) await(other.meetings, now);
}

}  // namespace rondo::runtime
