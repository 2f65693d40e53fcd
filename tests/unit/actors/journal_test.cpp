#include "runtime/journal.hpp"

#include <gmock/gmock.h>

#include "runtime/decoded_record.hpp"
#include "tests/unit/actors/memory_log.hpp"

namespace perdure::actors {
namespace {

using runtime::offset;
namespace wire = runtime::wire;

class journal : public ::testing::Test {
 protected:
  /// The journal of a run whose one turn this is.
  runtime::expected<std::vector<runtime::past_turn>> of(const wire::Turn& turn,
                                                        runtime::timestamp time) {
    std::string bytes;
    runtime::encode_record(bytes, {runtime::record_kind::turn, time, {}}, turn);
    log_.put(runtime::partition_index(1), bytes);
    EXPECT_TRUE(log_.run_once());
    const offset at[] = {log_.end(runtime::partition_index(1))};
    return runtime::load_journal({log_, runtime::partition_index(1)}, at);
  }

  memory_log log_;
};

/// Bytes of a peer: nothing that they say may overflow (the sanitizer watches).
TEST_F(journal, a_timer_beyond_all_time_is_told_as_the_end_of_time) {
  for (const auto& [due, now, text] :
       {std::tuple(INT64_MAX, std::int64_t{-2}, fmt::format("{}us", INT64_MAX)),
        std::tuple(INT64_MIN, std::int64_t{2}, fmt::format("{}us", INT64_MIN)),
        std::tuple(std::int64_t{7}, std::int64_t{2}, std::string("5us"))}) {
    wire::Turn turn;
    auto& timer = *turn.add_commands();
    timer.set_kind(static_cast<std::uint32_t>(runtime::command_kind::timer));
    timer.set_due_us(due);
    const auto past = of(turn, {now});
    ASSERT_TRUE(past) << past.error().message;
    ASSERT_EQ(past->size(), 1u);
    ASSERT_EQ(past->front().commands.size(), 1u);
    EXPECT_EQ(past->front().commands[0].target, text);
  }
}

TEST_F(journal, a_command_of_no_kind_is_told_as_unknown) {
  wire::Turn turn;
  turn.add_commands()->set_kind(99);
  const auto past = of(turn, {1});
  ASSERT_TRUE(past) << past.error().message;
  EXPECT_EQ(past->front().commands.at(0).kind, "unknown");
}

/// A log that lost its end, filled again by others, before anybody knows.
class changed_journal : public journal {
 protected:
  changed_journal() {
    std::string bytes;
    runtime::encode_record(bytes, {runtime::record_kind::barrier, {}, {}}, wire::Barrier());
    log_.put(runtime::partition_index(1), bytes);
    EXPECT_TRUE(log_.run_once());
    at_ = log_.end(runtime::partition_index(1));
  }
  void expect_told(const runtime::error& why) const {
    EXPECT_EQ(why.code, runtime::errc::corrupt);
    EXPECT_EQ(
        why.message,
        fmt::format("partition 1 has no turn at {} any more: a barrier record stands there", at_));
  }
  runtime::partition_log from() { return {log_, runtime::partition_index(1)}; }

  offset at_;
};

TEST_F(changed_journal, is_not_taken_for_a_runs) {
  const auto past = runtime::load_journal(from(), {&at_, 1});
  ASSERT_FALSE(past);
  expect_told(past.error());
}

TEST_F(changed_journal, is_not_told_as_a_runs_history) {
  const auto story = runtime::load_history(from(), {&at_, 1});
  ASSERT_FALSE(story);
  expect_told(story.error());
}

TEST_F(changed_journal, gives_no_messages_to_send_again) {
  const auto records = from().read_at({&at_, 1});
  ASSERT_TRUE(records);
  runtime::record_decoder decoder;
  const auto sender = runtime::decode_sender(decoder, records->front(), runtime::outgoing_part(0));
  ASSERT_FALSE(sender);
  expect_told(sender.error());
}

TEST_F(changed_journal, a_turn_with_fewer_messages_is_not_the_one_that_sent_them) {
  wire::Turn turn;
  turn.add_outgoing();
  ASSERT_TRUE(of(turn, {1}));
  const auto at = log_.end(runtime::partition_index(1));
  const auto records = from().read_at({&at, 1});
  ASSERT_TRUE(records);
  runtime::record_decoder decoder;
  EXPECT_TRUE(runtime::decode_sender(decoder, records->front(), runtime::outgoing_part(0)));
  const auto sender = runtime::decode_sender(decoder, records->front(), runtime::outgoing_part(1));
  ASSERT_FALSE(sender);
  EXPECT_EQ(sender.error().code, runtime::errc::corrupt);
}

}  // namespace
}  // namespace perdure::actors
