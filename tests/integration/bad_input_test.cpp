#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "runtime/decoded_record.hpp"
#include "tests/integration/disk_node.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using runtime::partition_index;
using runtime::record_kind;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

workflow<std::string> words(context& ctx, script_run& run, std::string) {
  for (int i = 0; i < 2; ++i) run.shown += co_await ctx.signal<std::string>("word");
  co_return run.shown;
}

class bad_input : public ::testing::Test {
 protected:
  void SetUp() override { add_script(*world_.offered, {{"words", &words}}); }

  std::string data(const std::string& name = {}) const {
    return world_.options.data_directory + (name.empty() ? "" : "/" + name);
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  runtime::error refusal() {
    const auto opened = world_.open();
    if (opened) {
      ADD_FAILURE() << "it opened";
      return {errc::failed_state, ""};
    }
    return opened.error();
  }
  /// Writes records into the log behind the node's back.
  void append(partition_index partition, const std::vector<std::string>& records) {
    transport::posix_file_system files;
    transport::system_clock clock;
    transport::system_random random;
    auto options = world_.options.log;
    options.directory = data("log");
    auto log = transport::embedded_log::open(options, {files, clock, random}, [](auto) {});
    ASSERT_TRUE(log) << log.error().message;
    for (const auto& record : records) {
      runtime::append_request request;
      request.entries.push_back({partition, 0, static_cast<std::uint32_t>(record.size())});
      request.bytes = record;
      (*log)->submit(std::move(request));
    }
    ASSERT_TRUE((*log)->run_once());
    ASSERT_TRUE((*log)->close());
  }
  static std::string record(record_kind kind, const google::protobuf::Message& header) {
    std::string bytes;
    runtime::encode_record(bytes, {kind, {1}, {}}, header);
    return bytes;
  }
  /// A run that waits, in a log that is closed.
  void leave_a_run() {
    world_.start();
    ASSERT_TRUE(world_.client().start("words", "a"));
    ASSERT_TRUE(world_.stop());
  }
  void the_run_goes_on() {
    world_.start();
    for (const auto* word : {"x", "y"}) ASSERT_TRUE(world_.client().signal("a", "word", word));
    EXPECT_EQ(world_.client().end_of("a"), "xy");
  }

  disk_node world_;
};

TEST_F(bad_input, a_data_directory_that_cannot_be_made_is_named) {
  write(world_.directory.path() + "/file", "x");
  world_.options.data_directory = world_.directory.path() + "/file/data";
  EXPECT_THAT(refusal().message, HasSubstr("/file/data"));
}

TEST_F(bad_input, a_second_node_on_the_same_directory_is_refused_with_the_holder) {
  world_.start();
  disk_node second;
  second.options.data_directory = world_.options.data_directory;
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::locked);
  EXPECT_THAT(opened.error().message, HasSubstr(std::to_string(getpid())));
}

TEST_F(bad_input, foreign_files_in_the_data_directory_are_left_alone) {
  leave_a_run();
  write(data("notes.txt"), "mine");
  write(data("log/segment-x.log"), "mine");
  write(data("log/.hidden"), std::string(100'000, '\0'));
  std::filesystem::create_directory(data("log/sub"));
  the_run_goes_on();
  EXPECT_EQ(std::filesystem::file_size(data("notes.txt")), 4u);
  EXPECT_EQ(std::filesystem::file_size(data("log/segment-x.log")), 4u);
}

TEST_F(bad_input, things_of_another_sort_in_the_place_of_our_files_are_named) {
  leave_a_run();
  std::filesystem::remove(data("crash_notes"));
  std::filesystem::create_directory(data("crash_notes"));
  EXPECT_THAT(refusal().message, HasSubstr("crash_notes"));
  std::filesystem::remove(data("crash_notes"));
  the_run_goes_on();
}

TEST_F(bad_input, crash_notes_of_any_content_are_no_reason_not_to_start) {
  leave_a_run();
  std::string noise;
  for (int i = 0; i < 4'096; ++i) noise.push_back(static_cast<char>(i * 31 + i / 7));
  for (const auto& content :
       {std::string(), std::string("x"), noise, std::string(10'000, '\xff')}) {
    write(data("crash_notes"), content);
    world_.start();
    EXPECT_EQ(world_.client().query("a"), "");
    ASSERT_TRUE(world_.stop());
  }
  the_run_goes_on();
}

TEST_F(bad_input, rule_8_damage_to_what_was_acknowledged_is_refused_with_file_and_place) {
  leave_a_run();
  const auto segment = data("log/segment-0000000000000001.log");
  std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(700);
  file.put('\x5a');
  file.close();
  const auto why = refusal();
  EXPECT_EQ(why.code, errc::corrupt);
  EXPECT_THAT(why.message, HasSubstr("segment-0000000000000001.log"));
}

TEST_F(bad_input, a_log_without_its_identity_is_refused) {
  leave_a_run();
  write(data("log/identity"), "who am I?");
  EXPECT_THAT(refusal().message, HasSubstr("identity"));
}

/// What no program, or only a newer one, can read stops its partition by name; the others go on.
class unreadable_record : public bad_input {
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
    append(partition_index(1), {record});
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

TEST_F(bad_input, a_record_of_a_partition_that_nobody_opened_is_refused_by_number) {
  leave_a_run();
  append(partition_index(99), {record(record_kind::clock, runtime::wire::Clock())});
  EXPECT_THAT(refusal().message, HasSubstr("99"));
}

TEST_F(bad_input, rule_5_6_records_that_make_no_sense_are_void_and_stop_nothing) {
  leave_a_run();
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
    append(partition_index(partition),
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
  the_run_goes_on();
}

TEST_F(bad_input, a_changed_number_of_partitions_is_refused_by_name) {
  leave_a_run();
  world_.options.namespaces[0].partitions = 5;
  EXPECT_THAT(refusal().message, AllOf(HasSubstr("'team'"), HasSubstr("4"), HasSubstr("5")));
  world_.options.namespaces[0].partitions = 4;
  the_run_goes_on();
}

TEST_F(bad_input, a_namespace_that_the_configuration_forgot_is_refused_by_name) {
  leave_a_run();
  const auto all = world_.options.namespaces;
  world_.options.namespaces.pop_back();
  EXPECT_THAT(refusal().message, HasSubstr("'closed'"));
  world_.options.namespaces = all;
  the_run_goes_on();
}

TEST_F(bad_input, namespaces_come_and_callers_change_with_the_configuration) {
  leave_a_run();
  world_.options.namespaces.push_back({"late", 3, {"team"}, 3'600, 1'000});
  world_.options.namespaces[2].callers = {"team"};
  world_.start();
  ASSERT_TRUE(world_.client("late").start("words", "b"));
  ASSERT_TRUE(world_.stop());
  the_run_goes_on();
  EXPECT_TRUE(world_.client("late").signal("b", "word", "x"));
}

TEST_F(bad_input, options_out_of_their_limits_are_named) {
  world_.options.log.segment_bytes = 17;
  EXPECT_THAT(refusal().message, HasSubstr("segment_bytes"));
}

}  // namespace
}  // namespace perdure::testing
