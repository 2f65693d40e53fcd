#include "actors/loader.hpp"

#include <future>

#include <gmock/gmock.h>

#include "tests/unit/actors/gate.hpp"

namespace perdure::actors {
namespace {

TEST(loader_test, reads_run_in_order_on_one_thread_that_is_not_the_callers) {
  std::vector<int> order;
  std::set<std::thread::id> threads;
  std::promise<void> all;
  loader reads;
  for (int i = 1; i <= 100; ++i) {
    reads.submit([&, i] {
      order.push_back(i);
      threads.insert(std::this_thread::get_id());
      if (i == 100) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(threads.size(), 1u);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(loader_test, a_read_may_submit_another) {
  std::promise<void> second;
  loader reads;
  reads.submit([&] { reads.submit([&] { second.set_value(); }); });
  second.get_future().wait();
}

TEST(loader_test, stop_waits_for_the_read_at_hand_and_drops_the_rest) {
  gate held;
  std::atomic<bool> first = false, second = false;
  loader reads;
  reads.submit([&] {
    held.pass();
    first = true;
  });
  reads.submit([&] { second = true; });
  held.wait_for(1);
  std::jthread opens([&] { held.open(); });
  reads.stop();
  EXPECT_TRUE(first);
  reads.submit([&] { second = true; });
  reads.stop();
}

TEST(loader_test, what_is_dropped_is_let_go_when_it_stops) {
  const auto kept = std::make_shared<int>(1);
  loader reads;
  reads.stop();
  reads.submit([kept] {});
  EXPECT_EQ(kept.use_count(), 1) << "whoever waits for the read must learn that it never comes";
}

}  // namespace
}  // namespace perdure::actors
