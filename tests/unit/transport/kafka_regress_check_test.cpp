#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/transport/log_world.hpp"
#include "transport/kafka/bundled_log.hpp"
#include "transport/kafka/regress_check.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::timestamp;
using ::testing::HasSubstr;

using how = regress_check::thoroughness;

/// One of Kafka's partitions, its leaders, and what they lose.
struct one_partition final : bundle_source {
  std::map<std::int64_t, std::string> bundles;
  std::int64_t first = 0, end = 0;
  std::optional<error> answer;

  std::string write(std::string_view record) {
    bundles[end++] = encode_bundle({1, ++written}, std::vector{record});
    return bundles[end - 1];
  }
  /// An unclean election: a leader that had read less.
  void lose_from(std::int64_t place) {
    bundles.erase(bundles.lower_bound(place), bundles.end());
    end = place;
  }
  void forget_before(std::int64_t place) {
    bundles.erase(bundles.begin(), bundles.lower_bound(place));
    first = place;
  }
  expected<void> fetch(const kafka_partition& from, std::span<const std::int64_t> places,
                       runtime::duration, const bundle_function& take) override {
    if (answer) return std::unexpected(*answer);
    for (const auto at : places) {
      const auto found = bundles.find(at);
      if (found == bundles.end()) return runtime::fail(errc::corrupt, "missing");
      if (!take(*read_bundle_of(from, at, found->second))) break;
    }
    return {};
  }
  expected<void> fetch_on(const kafka_partition&, std::int64_t, std::int64_t, runtime::duration,
                          const bundle_function&) override {
    return {};
  }
  expected<ends> ends_of(const kafka_partition&, runtime::duration) override {
    if (answer) return std::unexpected(*answer);
    return ends{first, end};
  }
  std::uint64_t written = 0;
};

struct regress : ::testing::Test {
  explicit regress(std::int64_t newest = 0)
      : log(std::vector<kafka_topic>{{"team", "", {runtime::partition_index(1)}, newest}},
            {1'000, 7, 1'000'000}),
        check(kafka, log.layout(), log.tail()) {}

  /// The reader reads what is there.
  void read() {
    for (const auto& [at, bytes] : kafka.bundles) {
      if (at < log[0].next()) continue;
      if (const auto read = log[0].take_in(at, bytes, now); !read) lost = read.error().message;
    }
  }
  void write(int count) {
    for (int i = 0; i < count; ++i) kafka.write("r");
  }
  void pass(runtime::duration time) { now = now + time; }
  /// An own record is appended and lands now; nobody has heard of it.
  void append() {
    log.take(request_of({{1, "own"}}));
    ASSERT_FALSE(log[0].load(log.next_identity(), now).empty());
    kafka.bundles[kafka.end++] = log[0].bundle();
  }
  void acknowledge(std::int64_t at) {
    if (const auto read = log[0].settle(at, now); !read) lost = read.error().message;
  }
  /// All that a watch does in a minute.
  void watch() {
    for (int second = 0; second < 60; ++second) {
      for (const auto& found : check.look_in_turn()) lost = found.lost->message;
    }
  }

  one_partition kafka;
  bundled_log log;
  regress_check check;
  timestamp now{1'000};
  std::string lost;
};

TEST_F(regress, of_what_was_read_is_found_by_the_ends) {
  write(3);
  read();
  watch();
  EXPECT_EQ(lost, "");
  kafka.lose_from(2);
  EXPECT_THAT(check.look_at(0, how::ends)->lost->message,
              HasSubstr("ends before Kafka's offset 2, and that of 2 had been read"));
  watch();
  EXPECT_EQ(lost, "") << "it was told once";
}

TEST_F(regress, of_what_was_read_last_is_found_by_its_bytes) {
  write(3);
  read();
  kafka.lose_from(2);
  write(2);
  watch();
  EXPECT_THAT(lost, HasSubstr("at Kafka's offset 2 stands something else"));
}

TEST_F(regress, of_a_topic_made_anew_is_found_though_the_reader_went_on_in_it) {
  write(3);
  read();
  kafka.lose_from(0);
  write(5);
  read();
  watch();
  EXPECT_THAT(lost, HasSubstr("at Kafka's offset 0 stands something else"));
}

TEST_F(regress, of_an_end_that_was_refilled_before_the_reader_came_back_is_found) {
  write(3);
  read();
  watch();
  write(2);
  read();
  pass(runtime::seconds(1));  // there is another leader
  kafka.lose_from(4);
  write(3);
  read();
  watch();
  EXPECT_THAT(lost, HasSubstr("at Kafka's offset 4 stands something else"));
}

TEST_F(regress, of_what_was_acknowledged_and_not_read_is_found_by_the_ends) {
  write(1);
  read();
  write(1);
  append();
  acknowledge(2);
  kafka.lose_from(2);
  watch();
  EXPECT_THAT(lost, HasSubstr("it ends before Kafka's offset 2, and that of 2 had been"));
}

TEST_F(regress, of_what_was_acknowledged_and_not_read_is_found_when_something_else_is_read_there) {
  write(1);
  read();
  write(1);
  append();
  acknowledge(2);
  kafka.lose_from(2);
  write(1);
  read();
  EXPECT_THAT(lost, HasSubstr("log_regressed"));
}

TEST_F(regress, of_what_was_acknowledged_and_not_read_is_found_when_nothing_is_read_there) {
  write(1);
  read();
  write(1);
  append();
  acknowledge(2);
  kafka.lose_from(2);
  kafka.end = 3;
  write(1);
  read();
  EXPECT_THAT(lost, HasSubstr("log_regressed"));
}

TEST_F(regress, of_what_was_read_is_found_when_an_append_lands_in_its_place) {
  write(3);
  read();
  kafka.lose_from(1);
  append();
  acknowledge(1);
  EXPECT_THAT(lost, HasSubstr("log_regressed"));
}

// A process stood still: what it hears was lost meanwhile, and what comes right behind it is
// another leader's.
TEST_F(regress, of_what_an_old_acknowledgement_tells_is_found) {
  write(1);
  read();
  watch();
  append();
  kafka.lose_from(1);
  write(3);
  pass(runtime::seconds(1));
  acknowledge(1);
  read();
  EXPECT_EQ(lost, "");
  watch();
  EXPECT_THAT(lost, HasSubstr("at Kafka's offset 1 stands something else"));
}

TEST_F(regress, is_not_seen_where_appends_and_reads_cross_in_every_order) {
  write(1);
  read();
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 0) write(1);
    append();
    const auto at = kafka.end - 1;
    if (i % 5 == 0) write(1);
    if (i % 2 == 0) read();
    if (i % 7 == 0) pass(runtime::seconds(1));
    acknowledge(at);
    if (i % 4 == 0) watch();
  }
  read();
  watch();
  EXPECT_EQ(lost, "");
}

TEST_F(regress, is_not_told_while_nobody_answers_nor_by_a_topic_that_is_missing_for_a_moment) {
  write(3);
  read();
  kafka.answer = error{errc::unavailable, "away"};
  watch();
  EXPECT_EQ(check.look_at(0, how::bytes), std::nullopt);
  kafka.answer = error{errc::not_found, "no such topic"};
  for (int i = 0; i < 9; ++i) EXPECT_EQ(check.look_at(0, how::bytes), std::nullopt);
  kafka.answer.reset();
  watch();
  EXPECT_EQ(lost, "");
  kafka.answer = error{errc::not_found, "no such topic"};
  watch();
  EXPECT_THAT(lost, HasSubstr("no such topic"));
}

struct regress_of_a_trimmed_log : regress {
  regress_of_a_trimmed_log() : regress(100) {}
};

TEST_F(regress_of_a_trimmed_log, is_not_what_was_deleted_rightly) {
  for (int i = 0; i < 10; ++i) {
    write(1);
    read();
    pass(runtime::seconds(1));
  }
  kafka.forget_before(7);
  watch();
  EXPECT_EQ(lost, "");
  kafka.lose_from(9);
  write(2);
  watch();
  EXPECT_THAT(lost, HasSubstr("at Kafka's offset 9 stands something else"));
}

TEST(regress_in_turn, comes_to_the_bytes_of_each_of_many_partitions) {
  kafka_topic topic{"team", "", {}};
  for (std::uint32_t i = 0; i < 160; ++i) topic.partitions.emplace_back(i + 1);
  bundled_log log(std::vector{topic}, {1'000, 7, 1'000'000});
  one_partition kafka;
  kafka.write("r");
  for (auto& partition : log.partitions()) {
    ASSERT_TRUE(partition.take_in(0, kafka.bundles[0], timestamp{1}));
  }
  kafka.lose_from(0);
  kafka.write("another");
  regress_check check(kafka, log.layout(), log.tail());
  std::size_t found = 0;
  for (int second = 0; second < 60; ++second) found += check.look_in_turn().size();
  EXPECT_EQ(found, 160U);
}

}  // namespace
}  // namespace perdure::transport
