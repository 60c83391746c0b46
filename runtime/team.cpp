#include "runtime/team.h"

#include <algorithm>

#include "runtime/pause.h"

namespace rondo::runtime {

namespace {

// Counts may wrap around, but no member is ever ahead of another by more than one.
bool has_come(uint32_t meetings, uint32_t wanted) {
  return meetings - wanted <= 1;
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

// Who is about to sleep says so before its last look, and who comes looks for sleepers behind its count, all
// in one order for everybody (seq_cst): one of the two sees the other.
void Team::meet(Member* member) {
  Team& team = *member->team;
  member->meetings.store(member->meetings.load(std::memory_order_relaxed) + 1);
  if (team.sleepers_.load() != 0) member->meetings.notify_all();
  for (const Member& other : team.members_)
    if (&other != member) team.await(*member, other);
}

void Team::await(Member& member, const Member& other) {
  const uint32_t wanted = member.meetings.load(std::memory_order_relaxed);
  for (int i = 0; i < member.looks; ++i) {
    if (has_come(other.meetings.load(std::memory_order_acquire), wanted)) {
      // Others read this line of cache: it is written only where something changes.
      if (member.looks < most_looks) member.looks = std::min(most_looks, member.looks * 9 / 8);
      return;
    }
    pause();
  }
  member.looks = std::max(fewest_looks, member.looks / 2);
  ++sleepers_;
  for (uint32_t seen = other.meetings.load(); !has_come(seen, wanted); seen = other.meetings.load())
    other.meetings.wait(seen);
  --sleepers_;
}

}  // namespace rondo::runtime
