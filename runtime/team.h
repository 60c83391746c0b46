// Threads that run one call of a kernel together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rondo::runtime {

/// Where the threads of a call wait for one another. They do so without sleeping: a few microseconds may lie
/// between two meetings. A thread that has waited for long lets others have its processor.
class Team {
 public:
  /// One thread of the call, as its kernel knows it. Generated code reads all but the count.
  struct alignas(64) Member {
    int64_t number = 0;         ///< from 0 on
    int64_t members = 1;        ///< of the team
    void* workspace = nullptr;  ///< of the first member: holds what all of them read and write
    /// Returns when all members have called it as often, and have seen what the others wrote before.
    void (*meet)(Member* member) = nullptr;
    Team* team = nullptr;
    std::atomic<uint32_t> meetings{0};  ///< how often it has come
  };

  explicit Team(int members, void* workspace);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  Member* member(int number) { return &members_[static_cast<size_t>(number)]; }

 private:
  static void meet(Member* member);

  std::vector<Member> members_;
};

}  // namespace rondo::runtime
