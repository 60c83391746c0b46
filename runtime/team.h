// Threads that run one call of a kernel together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rondo::runtime {

/// Where the threads of a call wait for one another. They look for some tens of microseconds, longer than
/// most work between two meetings takes, and sleep then: whoever they wait for may need their processor. A
/// thread that had to sleep looks for a shorter time when they meet next.
class Team {
  static constexpr int fewest_looks = 8, most_looks = 2000;

 public:
  /// One thread of the call, as its kernel knows it. Generated code reads what is above `team`.
  struct alignas(64) Member {
    int64_t number = 0;         ///< from 0 on
    int64_t members = 1;        ///< of the team
    void* workspace = nullptr;  ///< of the first member: holds what all of them read and write
    /// Returns when all members have called it as often, and have seen what the others wrote before.
    void (*meet)(Member* member) = nullptr;
    Team* team = nullptr;
    std::atomic<uint32_t> meetings{0};  ///< how often it has come
    int looks = most_looks;             ///< how often it looks for another before it sleeps
  };

  explicit Team(int members, void* workspace);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  Member* member(int number) { return &members_[static_cast<size_t>(number)]; }

 private:
  static void meet(Member* member);
  void await(Member& member, const Member& other);

  std::vector<Member> members_;
  alignas(64) std::atomic<uint32_t> sleepers_{0};
};

}  // namespace rondo::runtime
