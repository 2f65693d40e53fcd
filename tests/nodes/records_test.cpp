// What stands in a log that no node has written so, and namespaces that change.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "runtime/decoded_record.hpp"
#include "tests/nodes/waiting_run.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::partition_index;
using runtime::record_kind;
using ::testing::AllOf;
using ::testing::HasSubstr;

class records_behind_its_back : public ::testing::Test {
 protected:
  static std::string record(record_kind kind, const google::protobuf::Message& header) {
    std::string bytes;
    runtime::encode_record(bytes, {kind, {1}, {}}, header);
    return bytes;
  }

  const std::unique_ptr<whole_node> made_ = whole_node::make();
  whole_node& world_ = *made_;
  waiting_run run_{world_};
};

/// What no program, or only a newer one, can read stops its partition by name; the others go on.
class unreadable_record : public records_behind_its_back {
 protected:
  void expect_only_its_partition_stops(const std::string& record, std::string_view reason) {
    world_.start();
    const auto start_in = [this](char number) {
      for (int i = 0;; ++i) {
        const auto id = fmt::format("{}-{}", number, i);
        const auto started = world_.client().start("words", id);
        if (!started || started->run_id.starts_with(fmt::format("team~{}~", number))) return id;
      }
    };
    const auto lost = start_in('0'), well = start_in('1');
    ASSERT_TRUE(world_.stop());
    world_.append(partition_index(1), {record});
    for (int start = 0; start < 2; ++start) {
      const auto begun = world_.begin();
      ASSERT_TRUE(begun) << begun.error().message;
      world_.wait_until_said("partition 0 of namespace 'team' has stopped");
      EXPECT_TRUE(world_.has_said(reason));
      EXPECT_EQ(world_.client().signal(lost, "word", "x").error().code, errc::unavailable);
      const auto taken = [&](const runtime::run_details&) {  // when the partition is claimed
        return world_.client().signal(well, "word", "x", fmt::format("key-{}", start)).has_value();
      };
      EXPECT_TRUE(world_.wait_until(well, taken));
      EXPECT_FALSE(world_.stop()) << "it was not handed over";
    }
    ASSERT_TRUE(world_.begin());
    EXPECT_EQ(world_.client().end_of(well), "xx");
  }
};

TEST_F(unreadable_record, rule_5_6_of_noise) {
  expect_only_its_partition_stops("this is no record", "offset");
}

TEST_F(unreadable_record, rule_5_6_of_a_newer_version) {
  expect_only_its_partition_stops(record(static_cast<record_kind>(40), runtime::wire::Barrier()),
                                  "40");
}

TEST_F(records_behind_its_back, rule_5_6_records_that_make_no_sense_are_void_and_stop_nothing) {
  run_.leave();
  runtime::wire::Turn turn;
  turn.mutable_run()->set_created(UINT64_MAX);
  turn.set_seq(77);
  turn.add_commands()->set_kind(99);
  runtime::wire::Message message;
  message.set_source_partition(UINT32_MAX);
  message.set_number(UINT64_MAX);
  message.mutable_body()->set_kind(77);
  runtime::wire::StepResult result;
  result.set_outcome(250);
  runtime::wire::Clock clock;
  clock.set_time_us(INT64_MAX);
  runtime::wire::Control control;
  control.set_verb(200);
  control.set_request_key("k");
  runtime::wire::Start start;
  start.set_policy(200);
  for (std::uint32_t partition = 1; partition <= 7; ++partition) {
    world_.append(partition_index(partition),
                  {record(record_kind::turn, turn), record(record_kind::message, message),
                   record(record_kind::step_result, result), record(record_kind::clock, clock),
                   record(record_kind::control, control), record(record_kind::start, start),
                   record(record_kind::started, runtime::wire::Started()),
                   record(record_kind::sent, runtime::wire::Sent()),
                   record(record_kind::signal, runtime::wire::Signal()),
                   record(record_kind::update, runtime::wire::Update()),
                   record(record_kind::barrier, runtime::wire::Barrier()),
                   record(record_kind::mark, runtime::wire::Mark()),
                   record(record_kind::config, runtime::wire::Config()),
                   record(record_kind::handed_over, runtime::wire::HandedOver()),
                   record(record_kind::claim, runtime::wire::Claim())});
  }
  run_.expect_it_goes_on();
}

TEST_F(records_behind_its_back, a_changed_number_of_partitions_is_refused_by_name) {
  run_.leave();
  world_.namespaces()[0].partitions = 5;
  EXPECT_THAT(world_.open().error().message,
              AllOf(HasSubstr("'team'"), HasSubstr("4"), HasSubstr("5")));
  world_.namespaces()[0].partitions = 4;
  run_.expect_it_goes_on();
}

TEST_F(records_behind_its_back, namespaces_come_and_callers_change_with_the_configuration) {
  run_.leave();
  world_.namespaces().push_back({"late", 3, {"team"}, 3'600, 1'000});
  world_.namespaces()[2].callers = {"team"};
  world_.start();
  ASSERT_TRUE(world_.client("late").start("words", "b"));
  ASSERT_TRUE(world_.stop());
  run_.expect_it_goes_on();
  EXPECT_TRUE(world_.client("late").signal("b", "word", "x"));
}

}  // namespace
}  // namespace perdure::testing
