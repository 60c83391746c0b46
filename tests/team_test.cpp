// Threads that meet within one call.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/team.h"
#include "runtime/thread_pool.h"

using rondo::runtime::Team, rondo::runtime::ThreadPool;

namespace {

// All members write, meet, read what the others wrote, and meet again. Returns how often one read what was
// not of the same round. Now and then one of them lets the others wait until they sleep.
int disagreements(int members, int rounds, uint32_t first_meeting) {
  Team team(members, nullptr);
  for (int i = 0; i < members; ++i) team.member(i)->meetings = first_meeting;
  std::vector<int> written(static_cast<size_t>(members));
  std::atomic<int> found{0};
  ThreadPool pool(members);
  pool.run([&](int number) {
    Team::Member* member = team.member(number);
    for (int round = 1; round <= rounds; ++round) {
      if (round % 100 == 0 && round / 100 % members == number)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      written[static_cast<size_t>(number)] = round;
      member->meet(member);
      for (const int other : written) found += other != round;
      member->meet(member);
    }
  });
  return found;
}

}  // namespace

TEST_CASE("who has met sees what the others wrote before, though they slept", "[threads]") {
  const int members = GENERATE(2, 3, 8);  // as many as there are processors, and more
  CHECK(disagreements(members, 1000, 0) == 0);
}

TEST_CASE("members go on meeting when their counts wrap around", "[threads]") {
  CHECK(disagreements(3, 100, 0xffffffc0) == 0);
}
