#include "actors/node_coordinator.hpp"

#include <gmock/gmock.h>

namespace perdure::actors {
namespace {

/// A partition whose part the test plays.
struct played_partition {
  caf::scoped_actor self;
  std::uint32_t index;

  played_partition(caf::actor_system& system, std::uint32_t number) : self(system), index(number) {}
  std::uint64_t hears_round() {  // a hold, and which round it belongs to
    std::uint64_t round = 0;
    self->receive([&](hold_atom, std::uint64_t asked) { round = asked; });
    return round;
  }
  void hears_end() {
    self->receive([](hold_atom, std::uint64_t asked) { EXPECT_EQ(asked, 0u); });
  }
  std::uint64_t hears_grant() {
    std::uint64_t ticket = 0;
    self->receive([&](alone_atom, std::uint64_t granted) { ticket = granted; });
    return ticket;
  }
};

class node_coordinator_test : public ::testing::Test {
 protected:
  void SetUp() override { begin(std::chrono::hours(1)); }
  void begin(std::chrono::milliseconds patience) {
    if (coordinator_) TearDown();
    coordinator_ = system_.spawn<node_coordinator>(drained_, patience);
    for (auto* partition : {&one_, &two_})
      caf::anon_send(coordinator_, join_atom::value, partition->index, caf::actor(partition->self));
  }
  void TearDown() override {
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    coordinator_ = nullptr;
  }
  void wants_alone(played_partition& who, std::uint64_t ticket) {
    who.self->send(coordinator_, alone_atom::value, who.index, ticket);
  }
  void silent(played_partition& who, std::uint64_t round) {
    who.self->send(coordinator_, silent_atom::value, who.index, round);
  }
  void over(played_partition& who, std::uint64_t ticket) {
    who.self->send(coordinator_, over_atom::value, who.index, ticket);
  }
  /// Everything sent so far was received.
  void settle() {
    caf::scoped_actor asks(system_);
    asks->request(coordinator_, std::chrono::seconds(60), "a word that it does not know")
        .receive([] {},
                 [](const caf::error& why) { EXPECT_EQ(why, caf::sec::unexpected_message); });
  }
  bool nothing_for(played_partition& who) {
    settle();
    return who.self->mailbox().empty();
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  std::shared_ptr<std::promise<bool>> drained_ = std::make_shared<std::promise<bool>>();
  played_partition one_{system_, 1}, two_{system_, 2};
  caf::actor coordinator_;
};

TEST_F(node_coordinator_test, rule_5_3_code_runs_alone_when_every_partition_is_silent) {
  wants_alone(one_, 7);
  const auto round = one_.hears_round();
  EXPECT_EQ(two_.hears_round(), round);
  silent(two_, round);
  EXPECT_TRUE(nothing_for(one_)) << "its own partition is not silent yet";
  silent(one_, round);
  EXPECT_EQ(one_.hears_grant(), 7u);
  over(one_, 7);
  one_.hears_end();
  two_.hears_end();
}

TEST_F(node_coordinator_test, the_next_waits_until_the_one_before_is_over) {
  wants_alone(one_, 1);
  wants_alone(two_, 1);
  const auto first = one_.hears_round();
  two_.hears_round();
  silent(one_, first);
  silent(two_, first);
  one_.hears_grant();
  EXPECT_TRUE(nothing_for(two_));
  over(one_, 1);
  one_.hears_end();
  two_.hears_end();
  const auto second = one_.hears_round();
  EXPECT_EQ(two_.hears_round(), second);
  EXPECT_NE(second, first);
  silent(one_, second);
  silent(two_, second);
  EXPECT_EQ(two_.hears_grant(), 1u);
}

TEST_F(node_coordinator_test, silence_of_a_round_that_is_over_does_not_count) {
  wants_alone(one_, 1);
  const auto first = one_.hears_round();
  two_.hears_round();
  silent(one_, first);
  over(one_, 1);  // the run was terminated while it waited
  wants_alone(one_, 2);
  one_.hears_end();
  two_.hears_end();
  const auto second = one_.hears_round();
  two_.hears_round();
  silent(two_, first);  // it was silent then, and has begun to work in between
  silent(one_, second);
  EXPECT_TRUE(nothing_for(one_));
  silent(two_, second);
  EXPECT_EQ(one_.hears_grant(), 2u);
}

TEST_F(node_coordinator_test, none_is_opened_before_all_have_joined_and_are_founded) {
  one_.self->send(coordinator_, open_atom::value, one_.index);
  two_.self->send(coordinator_, open_atom::value, two_.index);
  EXPECT_TRUE(nothing_for(one_));
  caf::anon_send(coordinator_, open_atom::value);  // all have joined
  one_.self->receive([](open_atom) {});
  two_.self->receive([](open_atom) {});
}

TEST_F(node_coordinator_test, who_gives_up_before_its_turn_is_passed_over) {
  wants_alone(one_, 1);
  wants_alone(two_, 5);
  const auto first = one_.hears_round();
  two_.hears_round();
  over(two_, 5);
  silent(one_, first);
  silent(two_, first);
  one_.hears_grant();
  over(one_, 1);
  one_.hears_end();
  two_.hears_end();
  EXPECT_TRUE(nothing_for(two_));
}

TEST_F(node_coordinator_test, the_end_of_an_earlier_wish_does_not_take_back_a_later_one) {
  wants_alone(one_, 1);
  const auto first = one_.hears_round();
  two_.hears_round();
  over(one_, 1);
  wants_alone(one_, 2);
  over(one_, 1);  // the grant of the first came too late, and it says again that it is over
  one_.hears_end();
  two_.hears_end();
  const auto second = one_.hears_round();
  EXPECT_NE(second, first);
  two_.hears_round();
  silent(one_, second);
  silent(two_, second);
  EXPECT_EQ(one_.hears_grant(), 2u);
}

TEST_F(node_coordinator_test, who_does_not_fall_silent_in_time_is_let_go_on_for_a_while) {
  begin(std::chrono::milliseconds(5));
  wants_alone(one_, 1);
  const auto first = one_.hears_round();
  EXPECT_EQ(two_.hears_round(), first);
  silent(one_, first);  // and two is at something that takes long
  one_.hears_end();
  two_.hears_end();
  std::uint64_t round = 0;
  for (int i = 0; i < 3; ++i) {
    round = one_.hears_round();
    EXPECT_EQ(two_.hears_round(), round) << "then it is tried again";
    if (i == 2) break;
    one_.hears_end();
    two_.hears_end();
  }
  silent(one_, round);
  silent(two_, round);
  std::uint64_t granted = 0;  // unless these came too late, again
  while (granted == 0) {
    one_.self->receive([&](alone_atom, std::uint64_t ticket) { granted = ticket; },
                       [&](hold_atom, std::uint64_t next) {
                         if (next != 0) silent(one_, next);
                       });
    two_.self->receive_while([&] { return !two_.self->mailbox().empty(); })(
        [&](hold_atom, std::uint64_t next) {
          if (next != 0) silent(two_, next);
        });
  }
  EXPECT_EQ(granted, 1u);
}

TEST_F(node_coordinator_test, all_partitions_hear_of_the_drain_and_the_last_one_ends_it) {
  auto done = drained_->get_future();
  caf::anon_send(coordinator_, drain_atom::value, true);
  for (auto* partition : {&one_, &two_})
    partition->self->receive([](drain_atom, bool patient) { EXPECT_TRUE(patient); });
  one_.self->send(coordinator_, drained_atom::value, one_.index, true);
  one_.self->send(coordinator_, drained_atom::value, one_.index, true);
  settle();
  EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  two_.self->send(coordinator_, drained_atom::value, two_.index, true);
  EXPECT_TRUE(done.get());
}

TEST_F(node_coordinator_test, a_partition_that_has_stopped_has_nothing_to_hand_over) {
  auto done = drained_->get_future();
  caf::anon_send(coordinator_, drain_atom::value, true);
  one_.self->send(coordinator_, drained_atom::value, one_.index, false);
  two_.self->send(coordinator_, drained_atom::value, two_.index, true);
  EXPECT_FALSE(done.get());
}

}  // namespace
}  // namespace perdure::actors
