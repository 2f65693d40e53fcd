#include "actors/inbox.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/gate.hpp"

namespace perdure::actors {
namespace {

using ::testing::ElementsAre;

/// Counts how often it is woken, and takes what waits when it is told to.
class inbox_test : public ::testing::Test {
 protected:
  void SetUp() override { box_.bind(listener_); }

  /// Waits for one wake-up; false: none has come although everything sent before was received.
  bool woken() {
    bool woken = false;
    caf::anon_send(listener_, tick_atom::value);  // the last of what is on its way
    bool last = false;
    listener_->receive_while([&] { return !last; })(
        [&](wake_atom) {
          EXPECT_FALSE(woken) << "one message for all that waits";
          woken = true;
        },
        [&](tick_atom) { last = true; });
    return woken;
  }
  static runtime::step_report report(std::uint32_t step) {
    runtime::step_report made;
    made.step = runtime::thing_number(step);
    return made;
  }
  inbox_content take() {
    inbox_content content;
    box_.take(content);
    return content;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor listener_{system_};
  inbox box_;
};

TEST_F(inbox_test, only_the_first_of_a_batch_costs_a_message) {
  for (std::uint32_t i = 1; i <= 100; ++i) box_.post(report(i));
  box_.post(query_done{});
  EXPECT_TRUE(woken());
  EXPECT_EQ(take().reports.size(), 100u);
  EXPECT_FALSE(woken());
  box_.post(report(101));
  EXPECT_TRUE(woken());
}

TEST_F(inbox_test, each_sort_keeps_its_order) {
  box_.post(
      std::vector<runtime::log_record>{{runtime::partition_index(1), runtime::offset(1), {}},
                                       {runtime::partition_index(1), runtime::offset(2), {}}});
  box_.post(report(1));
  box_.post(
      std::vector<runtime::log_record>{{runtime::partition_index(1), runtime::offset(3), {}}});
  box_.post(report(2));
  const auto content = take();
  std::vector<std::uint64_t> offsets;
  for (const auto& record : content.records) offsets.push_back(record.at.value);
  EXPECT_THAT(offsets, ElementsAre(1, 2, 3));
  ASSERT_EQ(content.reports.size(), 2u);
  EXPECT_EQ(content.reports[1].step, runtime::thing_number(2));
}

TEST_F(inbox_test, posts_of_many_threads_all_arrive) {
  constexpr int threads = 4, each = 5'000;
  std::size_t taken = 0;
  {
    std::vector<std::jthread> posting;
    for (int i = 0; i < threads; ++i) {
      posting.emplace_back([this] {
        for (int n = 0; n < each; ++n) box_.post(report(1));
      });
    }
    while (taken < threads * each) {
      listener_->receive([](wake_atom) {});
      taken += take().reports.size();
    }
  }
  EXPECT_EQ(taken, std::size_t{threads * each});
}

TEST_F(inbox_test, what_waits_is_let_go_when_the_owner_is_gone) {
  const auto kept = std::make_shared<int>(1);
  box_.post(std::function<void(partition_actor&)>([kept](partition_actor&) {}));
  box_.unbind();
  EXPECT_EQ(kept.use_count(), 1) << "whoever asked must learn that nobody answers";
  box_.post(std::function<void(partition_actor&)>([kept](partition_actor&) {}));
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_TRUE(take().calls.empty());
}

}  // namespace
}  // namespace perdure::actors
