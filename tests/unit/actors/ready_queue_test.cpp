#include "actors/ready_queue.hpp"

#include <array>
#include <thread>
#include <vector>

#include <caf/resumable.hpp>
#include <gmock/gmock.h>

namespace perdure::actors {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

/// A job that nobody runs: the queue only hands it over.
class job final : public caf::resumable {
 public:
  resume_result resume(caf::execution_unit*, std::size_t) override { return done; }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
};

/// With workers that look out for work before they sleep, and without.
class ready_queues : public ::testing::TestWithParam<bool> {
 protected:
  ready_queue queue{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, ready_queues, ::testing::Bool(), [](const auto& looks_out) {
  return looks_out.param ? "looking_out" : "sleeping";
});

TEST_P(ready_queues, hands_jobs_over_in_the_order_given) {
  std::array<job, 3> jobs;
  for (auto& each : jobs) queue.push(&each);
  EXPECT_EQ(queue.pop(), &jobs[0]);
  EXPECT_EQ(queue.try_pop(), &jobs[1]);
  EXPECT_EQ(queue.pop(), &jobs[2]);
  EXPECT_EQ(queue.try_pop(), nullptr);
}

TEST_P(ready_queues, gives_what_is_left_when_closed_and_then_nothing) {
  job left;
  queue.push(&left);
  queue.close();
  EXPECT_EQ(queue.pop(), &left);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST_P(ready_queues, close_ends_every_wait) {
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([this] { EXPECT_EQ(queue.pop(), nullptr); });
  }
  queue.close();
}

/// Each job passes from worker to worker as actors do: whoever pops it pushes it again. None may
/// rest while workers sleep, or the count is never reached.
TEST_P(ready_queues, no_job_rests_while_workers_sleep) {
  constexpr std::size_t worker_count = 4, rounds = 5'000;
  std::array<job, 3> jobs;
  std::array<std::size_t, jobs.size()> taken{};  // each job is with one worker at a time
  std::atomic<std::size_t> missing = jobs.size();
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < worker_count; ++i) {
      workers.emplace_back([&] {
        while (auto* next = static_cast<job*>(queue.pop())) {
          const auto which = static_cast<std::size_t>(next - jobs.data());
          if (++taken[which] < rounds)
            queue.push(next);
          else if (missing.fetch_sub(1) == 1)
            queue.close();
        }
      });
    }
    for (auto& each : jobs) queue.push(&each);
  }
  EXPECT_THAT(taken, Each(rounds));
}

TEST_P(ready_queues, a_job_meets_a_worker_that_sleeps) {
  job passed;
  for (int i = 0; i < 200; ++i) {
    std::jthread worker([this, &passed] { EXPECT_EQ(queue.pop(), &passed); });
    for (int j = 0; j < i * 10; ++j) std::this_thread::yield();  // more and more likely asleep
    queue.push(&passed);
  }
}

TEST(patience, falls_while_nothing_is_found_and_returns_at_once) {
  patience how_long;
  EXPECT_EQ(how_long.looks(), patience::longest);
  how_long.missed();
  EXPECT_EQ(how_long.looks(), patience::longest / 2);
  for (int i = 0; i < 20; ++i) how_long.missed();
  EXPECT_EQ(how_long.looks(), patience::shortest);
  how_long.found();
  EXPECT_EQ(how_long.looks(), patience::longest);
}

TEST(patience, looks_long_now_and_then_to_learn_that_work_comes_soon) {
  patience how_long;
  for (int i = 0; i < 20; ++i) how_long.missed();
  std::vector<std::uint32_t> longs;
  for (std::uint32_t i = 1; i <= 32; ++i) {
    if (how_long.looks() == patience::longest) longs.push_back(i);
  }
  EXPECT_THAT(longs, ElementsAre(16, 32));
}

}  // namespace
}  // namespace perdure::actors
