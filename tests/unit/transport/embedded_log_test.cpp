#include "transport/embedded_log.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/log_world.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::offset;
using runtime::partition_index;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class embedded_log : public ::testing::Test {
 protected:
  embedded_log() { open(); }

  void open() {
    auto opened = world_.open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  transport::embedded_log& log() { return world_.log(); }
  std::vector<told> read(std::uint32_t partition, std::uint64_t after = 0,
                         std::size_t limit = 1 << 20) {
    auto records = log().read(partition_index(partition), offset(after), limit);
    EXPECT_TRUE(records) << records.error().message;
    return records ? told_of(*records) : std::vector<told>();
  }
  std::vector<told> read_at(const std::vector<std::uint64_t>& at) {
    std::vector<offset> offsets(at.begin(), at.end());
    auto records = log().read_at({}, offsets);
    EXPECT_TRUE(records) << records.error().message;
    return records ? told_of(*records) : std::vector<told>();
  }
  /// Appends `count` records, each a batch, to the partitions 1 and 2 in turn, so long that a
  /// segment holds about six.
  void fill(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      auto partition = static_cast<std::uint32_t>(1 + filled_.size() % 2);
      std::string text = fmt::format("{} ", filled_.size() + 1) + std::string(500, 'x');
      auto at = world_.append({{partition, text}});
      ASSERT_TRUE(at) << at.error().message;
      filled_.push_back({at->value, partition, text});
    }
  }
  std::vector<told> filled(std::uint32_t partition, std::uint64_t after = 0) const {
    std::vector<told> all;
    for (const auto& each : filled_) {
      if (each.partition == partition && each.at > after) all.push_back(each);
    }
    return all;
  }
  std::vector<std::string> segments() {
    std::vector<std::string> names = *disk_.list("/log");
    std::erase_if(names, [](const auto& name) { return !log_directory::segment_ordinal(name); });
    return names;
  }

  memory_disk disk_;
  log_world world_{disk_};
  std::vector<told> filled_;
};

TEST_F(embedded_log, a_new_log_is_empty_and_has_an_incarnation) {
  EXPECT_TRUE(log().opening().created);
  EXPECT_TRUE(log().incarnation());
  EXPECT_EQ(log().end(partition_index(1)), offset(0));
  EXPECT_THAT(read(1), IsEmpty());
}

TEST_F(embedded_log, what_is_appended_is_read_and_there_after_a_restart) {
  EXPECT_EQ(world_.append({{1, "one"}, {2, "two"}}), offset(1));
  EXPECT_EQ(world_.append({{1, ""}}), offset(3));
  auto incarnation = log().incarnation();
  std::vector<told> all{{1, 1, "one"}, {2, 2, "two"}, {3, 1, ""}};
  EXPECT_THAT(read(1), ElementsAre(all[0], all[2]));
  EXPECT_THAT(read(2), ElementsAre(all[1]));
  open();
  EXPECT_FALSE(log().opening().created);
  EXPECT_EQ(log().incarnation(), incarnation);
  EXPECT_EQ(world_.opened_with, all);
  EXPECT_THAT(read(1), ElementsAre(all[0], all[2]));
  EXPECT_EQ(log().end(partition_index(1)), offset(3));
  EXPECT_EQ(world_.append("four"), offset(4));
}

TEST_F(embedded_log, rule_8_what_waits_goes_into_one_batch) {
  world_.submit({{1, "a"}});
  world_.submit({{2, "b"}, {1, "c"}});
  world_.submit({{1, "d"}});
  EXPECT_EQ(log().run_once(), 4u);
  EXPECT_EQ(world_.durable.size(), 1u);
  EXPECT_EQ(world_.outcomes.at(0), offset(1));
  EXPECT_EQ(world_.outcomes.at(1), offset(2));
  EXPECT_EQ(world_.outcomes.at(2), offset(4));
  EXPECT_THAT(world_.order, ElementsAre("durable 4", "outcome 0", "outcome 1", "outcome 2"));
  EXPECT_EQ(log().run_once(), 0u);
}

TEST_F(embedded_log, rule_8_a_request_larger_than_a_batch_is_refused_and_the_rest_goes_on) {
  world_.options.batch_bytes = 1024;
  open();
  EXPECT_EQ(log().limit_bytes(), 1024u);
  world_.submit({{1, std::string(1017, 'x')}});
  world_.submit({{1, std::string(1016, 'y')}});
  EXPECT_EQ(log().run_once(), 1u);
  EXPECT_EQ(world_.outcomes.at(0).error().code, errc::too_large);
  EXPECT_THAT(world_.outcomes.at(0).error().message, HasSubstr("1 records of 1017 bytes"));
  EXPECT_EQ(world_.outcomes.at(1), offset(1));
}

TEST_F(embedded_log, rule_8_batches_are_split_between_requests_never_inside_one) {
  world_.options.batch_bytes = 1024;
  open();
  for (int i = 0; i < 5; ++i) {
    world_.submit({{1, std::string(200, 'a')}, {1, std::string(200, 'b')}});  // 416 of 1024 bytes
  }
  EXPECT_EQ(log().run_once(), 4u);
  EXPECT_EQ(log().run_once(), 4u);
  EXPECT_EQ(log().run_once(), 2u);
  EXPECT_EQ(world_.outcomes.at(4), offset(9));
}

TEST_F(embedded_log, a_segment_takes_the_largest_request) {
  auto limit = log().limit_bytes();
  EXPECT_LT(limit, world_.options.segment_bytes);
  EXPECT_EQ(world_.append(std::string(limit - 8, 'x')), offset(1));
  EXPECT_EQ(world_.append(std::string(limit - 8, 'y')), offset(2));
  open();
  EXPECT_EQ(world_.opened_with.size(), 2u);
}

TEST_F(embedded_log, requests_that_come_during_a_completion_go_into_the_next_batch) {
  auto request = request_of({{1, "first"}});
  request.completion = [this](const auto&) { world_.submit({{1, "second"}}); };
  log().submit(std::move(request));
  EXPECT_EQ(log().run_once(), 1u);
  EXPECT_TRUE(world_.outcomes.empty());
  EXPECT_EQ(log().run_once(), 1u);
  EXPECT_EQ(world_.outcomes.at(0), offset(2));
}

TEST_F(embedded_log, rule_7_5_opening_reads_every_segment_once_for_all_partitions) {
  fill(30);
  EXPECT_GT(segments().size(), 4u);
  EXPECT_EQ(read(1), filled(1));
  EXPECT_EQ(read(2), filled(2));
  open();
  EXPECT_EQ(world_.opened_with, filled_);
  EXPECT_EQ(world_.log().opening().records, 30u);
  EXPECT_THAT(log().opening().cuts, IsEmpty());
  EXPECT_THAT(log().opening().notes, IsEmpty());
  fill(5);
  EXPECT_EQ(read(1), filled(1));
}

TEST_F(embedded_log, reads_the_same_from_memory_and_from_files) {
  for (std::uint64_t tail : {0, 2000, 1 << 20}) {
    world_.options.tail_bytes = tail;
    open();
    fill(8);
    for (std::uint32_t partition : {1U, 2U}) {
      for (std::uint64_t after = 0; after <= filled_.size(); ++after) {
        ASSERT_EQ(read(partition, after), filled(partition, after)) << tail << " " << after;
      }
    }
  }
}

TEST_F(embedded_log, read_stops_at_the_limit_but_gives_one_record_at_least) {
  world_.options.tail_bytes = 1200;
  open();
  fill(20);
  for (std::uint64_t after : {0, 9, 17}) {
    EXPECT_EQ(read(1, after, 0).size(), 1u);
    EXPECT_EQ(read(1, after, 1).size(), 1u);
  }
  EXPECT_EQ(read(1, 0, 503).size(), 2u);
  EXPECT_THAT(read(1, 19), IsEmpty());
  EXPECT_THAT(read(3), IsEmpty());
}

TEST_F(embedded_log, read_at_gives_records_in_the_order_asked) {
  for (std::uint64_t tail : {0, 2000, 1 << 20}) {
    world_.options.tail_bytes = tail;
    open();
    fill(9);
    std::vector<std::uint64_t> at{7, 1, filled_.size(), 3, 4, 7};
    std::vector<told> expected;
    for (auto each : at) expected.push_back(filled_[each - 1]);
    EXPECT_EQ(read_at(at), expected) << tail;
  }
  EXPECT_THAT(read_at({}), IsEmpty());
}

TEST_F(embedded_log, read_at_finds_each_record_of_large_batches) {
  world_.options.tail_bytes = 0;
  open();
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<std::pair<std::uint32_t, std::string>> records;
    for (std::uint32_t i = 0; i < 25; ++i) records.emplace_back(i, fmt::format("{}.{}", batch, i));
    ASSERT_TRUE(world_.append(records));
  }
  for (std::uint64_t at = 1; at <= 250; ++at) {
    ASSERT_EQ(read_at({at}).front().bytes, fmt::format("{}.{}", (at - 1) / 25, (at - 1) % 25));
  }
}

TEST_F(embedded_log, read_at_an_offset_without_record_is_an_error) {
  fill(3);
  for (std::uint64_t at : {0, 4, 1000}) {
    auto records = log().read_at({}, std::vector<offset>{offset(1), offset(at)});
    ASSERT_FALSE(records);
    EXPECT_EQ(records.error().code, errc::not_found);
  }
}

TEST_F(embedded_log, the_next_segment_is_made_aside_once) {
  ASSERT_TRUE(log().prepare_segment());
  ASSERT_TRUE(log().prepare_segment());
  EXPECT_EQ(segments().size(), 2u);
  open();
  ASSERT_TRUE(log().prepare_segment()) << "the one that is there is used";
  EXPECT_EQ(segments().size(), 2u);
  fill(10);
  EXPECT_EQ(segments().size(), 2u);
}

TEST_F(embedded_log, trim_forgets_whole_segments_and_stays_so_after_a_restart) {
  fill(30);
  auto before = segments().size();
  ASSERT_TRUE(log().trim(offset(14)));
  EXPECT_EQ(read(1, 12).front().at, 13u) << "the segment that holds 14 stays";
  auto gone = log().read(partition_index(1), offset(0), 1);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, errc::not_found);
  EXPECT_THAT(gone.error().message, HasSubstr("it holds 13 to 30"));
  EXPECT_LT(segments().size(), before + 1);
  open();
  EXPECT_EQ(world_.opened_with.front().at, 13u);
  EXPECT_EQ(world_.opened_with.back().at, 30u);
  EXPECT_EQ(world_.append("next"), offset(31));
}

TEST_F(embedded_log, trim_never_forgets_the_last_segment) {
  fill(3);
  ASSERT_TRUE(log().trim(offset(1000)));
  EXPECT_EQ(read(1).size(), 2u);
}

TEST_F(embedded_log, trimmed_segments_are_used_again_and_too_many_are_removed) {
  world_.options.spare_segments = 1;
  open();
  fill(42);
  EXPECT_EQ(segments().size(), 7u);
  ASSERT_TRUE(log().trim(offset(42)));
  EXPECT_EQ(segments().size(), 2u) << "the last and one spare";
  ASSERT_TRUE(log().prepare_segment());
  EXPECT_EQ(segments().size(), 2u);
  EXPECT_EQ(segments().back(), "segment-0000000000000008.log");
  fill(12);
  open();
  EXPECT_EQ(world_.opened_with.front().at, 37u);
  EXPECT_EQ(world_.opened_with.back().at, 54u);
}

TEST_F(embedded_log, a_segment_that_somebody_reads_is_not_used_again) {
  segment_supply supply(disk_, log_directory("/log"), runtime::incarnation(1), 4096, 2);
  supply.set_next_ordinal(100);
  auto first = supply.take();
  ASSERT_TRUE(first);
  auto reading = first->segment;
  supply.retire({std::move(first->segment)});
  ASSERT_TRUE(supply.prepare());
  EXPECT_TRUE(disk_.exists(reading->path));
  std::string path = reading->path;
  reading.reset();
  ASSERT_TRUE(supply.take());
  ASSERT_TRUE(supply.prepare());
  EXPECT_FALSE(disk_.exists(path));
}

TEST_F(embedded_log, rule_8_what_a_recycled_file_still_holds_is_never_live) {
  // The zeros that recycling writes are taken away again: the old batches show.
  fill(27);
  std::string old = disk_.contents("/log/segment-0000000000000002.log");
  world_.crash();
  std::string path = "/log/segment-0000000000000005.log";
  std::string live = disk_.contents(path);
  std::string header = live.substr(0, 512);
  std::size_t used = live.find_last_not_of('\0') / 8 * 8 + 8;
  std::string mixed = live.substr(0, used) + old.substr(used);
  disk_.set_contents(path, mixed);
  open();
  EXPECT_EQ(world_.opened_with, filled_);
  ASSERT_EQ(log().opening().cuts.size(), 1u);
  EXPECT_EQ(log().opening().cuts.front().position, used);
  world_.crash();
  disk_.set_contents(path, header + old.substr(512));
  auto refused = world_.open();
  ASSERT_FALSE(refused) << "live batches are gone";
  EXPECT_EQ(refused.error().code, errc::corrupt);
}

TEST_F(embedded_log, another_segment_size_holds_from_the_next_segment_on) {
  fill(5);
  world_.options.segment_bytes = 8192;
  open();
  ASSERT_TRUE(world_.append(std::string(6000, 'x'))) << "more than an old segment holds";
  filled_.push_back({6, 1, std::string(6000, 'x')});
  fill(20);
  world_.options.segment_bytes = 4096;
  open();
  EXPECT_EQ(world_.opened_with, filled_);
  fill(20);
  EXPECT_EQ(read(1), filled(1));
}

TEST_F(embedded_log, rule_8_the_mark_goes_to_the_disk_every_second_and_at_close) {
  auto on_disk = [this] {
    auto after = disk_.after_power_loss(memory_disk::names::as_seen, [](auto&) { return false; });
    std::string page = after->contents("/log/mark");
    auto decoded =
        decode_mark(std::span<const char, 4096>(page.data(), 4096), log().incarnation(), "mark");
    return decoded->mark.synced_through;
  };
  fill(2);
  EXPECT_EQ(on_disk(), 0u);
  world_.clock.pass(runtime::milliseconds(999));
  EXPECT_EQ(log().run_once(), 0u);
  EXPECT_EQ(on_disk(), 0u);
  world_.clock.pass(runtime::milliseconds(1));
  EXPECT_EQ(log().run_once(), 0u);
  EXPECT_EQ(on_disk(), 2u);
  fill(1);
  EXPECT_EQ(on_disk(), 2u);
  ASSERT_TRUE(log().close());
  EXPECT_EQ(on_disk(), 3u);
}

TEST_F(embedded_log, a_closed_log_answers_that_nothing_was_written) {
  world_.submit({{1, "too late"}});
  ASSERT_TRUE(log().close());
  EXPECT_EQ(world_.outcomes.at(0).error().code, errc::unavailable);
  world_.submit({{1, "even later"}});
  EXPECT_EQ(log().run_once().error().code, errc::unavailable);
  EXPECT_EQ(world_.outcomes.at(1).error().code, errc::unavailable);
  EXPECT_FALSE(log().trim(offset(1)));
  open();
  EXPECT_THAT(world_.opened_with, IsEmpty());
}

TEST_F(embedded_log, rule_8_a_second_process_is_refused_with_the_holders_id) {
  log_world second(disk_);
  auto refused = second.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::locked);
  EXPECT_THAT(refused.error().message, HasSubstr("process 4711"));
}

TEST_F(embedded_log, rule_8_waiting_returns_at_once_when_something_waits_or_waiting_is_stopped) {
  log().stop_waiting();
  log().wait_for_work();
  world_.submit({{1, "a"}});
  log().wait_for_work();
  EXPECT_EQ(log().run_once(), 1u);
  world_.clock.pass(runtime::seconds(1));
  log().wait_for_work();  // the mark is due
}

TEST_F(embedded_log, a_large_request_left_over_counts_as_waiting) {
  world_.options.batch_bytes = 1024;
  open();
  world_.submit({{1, std::string(900, 'a')}});
  world_.submit({{1, std::string(900, 'b')}});
  EXPECT_EQ(log().run_once(), 1u);
  log().wait_for_work();
  EXPECT_EQ(log().run_once(), 1u);
}

TEST(embedded_log_options, out_of_their_limits_are_refused_by_name) {
  auto message = [](auto change) {
    embedded_log_options options{.directory = "d"};
    change(options);
    auto valid = options.validate();
    return valid ? "valid" : valid.error().message;
  };
  EXPECT_EQ(message([](auto&) {}), "valid");
  EXPECT_THAT(message([](auto& o) { o.directory = ""; }), HasSubstr("directory is empty"));
  EXPECT_THAT(message([](auto& o) { o.segment_bytes = 1024; }), HasSubstr("segment_bytes is 1024"));
  EXPECT_THAT(message([](auto& o) { o.segment_bytes = 5000; }), HasSubstr("multiple of 4096"));
  EXPECT_THAT(message([](auto& o) { o.batch_bytes = 17 << 20; }), HasSubstr("batch_bytes"));
  EXPECT_THAT(message([](auto& o) { o.spin_us = 20'000; }), HasSubstr("give 0 to 10000"));
  EXPECT_THAT(message([](auto& o) { o.mark_sync_ms = 0; }), HasSubstr("mark_sync_ms"));
}

}  // namespace
}  // namespace perdure::transport
