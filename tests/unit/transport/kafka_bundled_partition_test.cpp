#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/transport/log_world.hpp"
#include "transport/kafka/bundled_log.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::log_record;
using runtime::partition_index;
using runtime::timestamp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr partition_index p1{1}, p2{2};

/// Kafka's partitions as a map, and how often they were asked.
struct brokers_in_a_map final : bundle_source {
  std::map<std::pair<std::int32_t, std::int64_t>, std::string> bundles;
  int asked = 0;

  expected<void> fetch(const kafka_partition& from, std::span<const std::int64_t> places,
                       runtime::duration, const bundle_function& take) override {
    ++asked;
    for (const auto at : places) {
      auto read = read_bundle_of(from, at, bundles.at({from.number, at}));
      if (!take(*std::move(read))) break;
    }
    return {};
  }
  expected<void> fetch_on(const kafka_partition& from, std::int64_t first, std::int64_t last,
                          runtime::duration, const bundle_function& take) override {
    ++asked;
    for (auto at = first; at <= last; ++at) {
      const auto found = bundles.find({from.number, at});
      if (found != bundles.end() && !take(*read_bundle_of(from, at, found->second))) break;
    }
    return {};
  }
  expected<ends> ends_of(const kafka_partition&, runtime::duration) override { return ends{}; }
};

struct bundled : ::testing::Test {
  explicit bundled(runtime::duration wait = {})
      : log(std::vector<kafka_topic>{{"team", "", {p1, p2}}}, {200, 7, 1'000, wait}) {}

  void append(std::string name, const std::vector<std::pair<std::uint32_t, std::string>>& records) {
    auto request = request_of(records);
    request.completion = [this, name = std::move(name)](const expected<runtime::offset>& at) {
      told.push_back(at ? fmt::format("{} at {}", name, place_of(*at).bundle)
                        : fmt::format("{} {}", name, runtime::name(at.error().code)));
    };
    log.take(std::move(request));
  }
  /// The bytes of the bundle that goes next.
  std::string loaded(std::size_t number) {
    log[number].load(log.next_identity(), timestamp{});
    return log[number].bundle();
  }
  expected<bundle_tail::held_bundle> take_in(std::int64_t at, std::string_view bytes) {
    return log[0].take_in(at, bytes, timestamp{});
  }
  static std::vector<std::string> text(const std::vector<log_record>& records) {
    std::vector<std::string> found;
    for (const auto& record : records) found.emplace_back(record.bytes.view());
    return found;
  }
  /// Another writer's bundle of one record.
  static std::string foreign(std::string_view record) {
    return encode_bundle({1, 1}, std::vector{record});
  }

  bundled_log log;
  std::vector<std::string> told;
};

TEST_F(bundled, what_is_acknowledged_next_after_what_was_read_counts_as_read) {
  append("a", {{1, "a"}, {1, "b"}});
  const auto bytes = loaded(0);
  const auto read = log[0].settle(0, timestamp{});
  ASSERT_TRUE(read && *read);
  EXPECT_THAT(text((*read)->records), ElementsAre("a", "b"));
  EXPECT_EQ(*take_in(0, bytes), nullptr) << "its copy was told";
  EXPECT_THAT(told, ElementsAre("a at 0"));
}

TEST_F(bundled, what_is_acknowledged_behind_something_unread_is_read_in_its_turn) {
  append("a", {{1, "a"}});
  const auto bytes = loaded(0);
  EXPECT_EQ(*log[0].settle(1, timestamp{}), nullptr);
  EXPECT_NE(*take_in(0, foreign("x")), nullptr);
  EXPECT_NE(*take_in(1, bytes), nullptr);
  EXPECT_EQ(place_of(log[0].end()), (bundle_place{1, 0}));
  EXPECT_EQ(log[0].next(), 2);
}

TEST_F(bundled, one_bundle_of_a_partition_is_on_its_way_and_a_failure_delays_the_next) {
  append("a", {{1, "a"}});
  EXPECT_EQ(log[0].next_send(), timestamp{});
  loaded(0);
  append("b", {{1, "b"}});
  EXPECT_EQ(log[0].next_send(), std::nullopt);
  const timestamp now{1'000};
  EXPECT_EQ(*log[0].settle(std::unexpected(error{errc::outcome_unknown, ""}), now), nullptr);
  EXPECT_EQ(log[0].next_send(), now + runtime::milliseconds(100));
  loaded(0);
  EXPECT_EQ(*log[0].settle(std::unexpected(error{errc::unavailable, ""}), now), nullptr);
  append("c", {{1, "c"}});
  EXPECT_EQ(log[0].next_send(), now + runtime::milliseconds(200));
  EXPECT_THAT(told, ElementsAre("a outcome_unknown", "b unavailable"));
}

/// docs/adr/0018-a-bundle-waits-for-answers.md
struct busy : bundled {
  busy() : bundled(runtime::milliseconds(2)) {}

  static constexpr timestamp landed{1'000'000};
  static constexpr timestamp at_last = landed + runtime::milliseconds(2);

  void append_many(std::size_t records) {
    for (std::size_t i = 0; i < records; ++i) append("a", {{1, "x"}});
  }
  void send(std::size_t records) {
    append_many(records);
    ASSERT_EQ(log[0].load(log.next_identity(), timestamp{}).size(), records);
  }
};

TEST_F(bundled, a_bundle_leaves_at_once_however_many_the_last_one_had) {
  for (int i = 0; i < 20; ++i) append("a", {{1, "x"}});
  ASSERT_EQ(log[0].load(log.next_identity(), timestamp{}).size(), 20U);
  append("b", {{1, "x"}});
  ASSERT_TRUE(log[0].settle(0, timestamp{1'000'000}));
  EXPECT_EQ(log[0].next_send(), timestamp{});
}

TEST_F(busy, a_bundle_leaves_when_most_of_those_who_heard_of_the_last_have_appended_again) {
  send(8);
  append_many(7);
  ASSERT_TRUE(log[0].settle(0, landed));
  EXPECT_EQ(log[0].next_send(), at_last);
  append_many(4);
  EXPECT_EQ(log[0].next_send(), at_last);
  EXPECT_EQ(log.next_send(), log[0].next_send());
  append_many(1);
  EXPECT_EQ(log[0].next_send(), timestamp{}) << "12 of 15 wait";
  EXPECT_EQ(log[0].load(log.next_identity(), landed).size(), 12U);
  append_many(1);
  EXPECT_EQ(*log[0].settle(std::unexpected(error{errc::unavailable, ""}), landed), nullptr);
  EXPECT_EQ(log[0].next_send(), landed + runtime::milliseconds(100)) << "nobody was answered";
}

TEST_F(busy, behind_a_small_one_it_waits_for_nobody) {
  send(7);
  append_many(1);
  ASSERT_TRUE(log[0].settle(0, landed));
  EXPECT_EQ(log[0].next_send(), timestamp{});
}

TEST_F(busy, it_does_not_wait_for_what_would_not_go_in_one) {
  send(8);
  append("large", {{1, std::string(300, 'x')}});
  append("a", {{1, std::string(150, 'x')}});
  ASSERT_TRUE(log[0].settle(0, landed));
  EXPECT_EQ(log[0].next_send(), at_last) << "what is refused counts not";
  EXPECT_EQ(log[0].load(log.next_identity(), landed).size(), 1U);
  append_many(8);
  log[0].unload(timestamp{});
  ASSERT_EQ(log[0].load(log.next_identity(), landed).size(), 9U);
  append("a", {{1, std::string(3, 'x')}});
  ASSERT_TRUE(log[0].settle(1, landed));
  EXPECT_EQ(log[0].next_send(), timestamp{});
}

TEST_F(busy, what_waits_is_answered_and_waited_for_no_more) {
  send(8);
  append_many(7);
  ASSERT_TRUE(log[0].settle(0, landed));
  log.answer_waiting({errc::unavailable, "closed"});
  EXPECT_EQ(log[0].next_send(), std::nullopt);
  EXPECT_EQ(told.size(), 15U);
}

TEST_F(bundled, a_request_that_no_bundle_takes_is_refused_in_its_turn) {
  append("large", {{1, std::string(300, 'x')}, {2, "y"}});
  append("foreign", {{9, "z"}});
  EXPECT_THAT(told, ElementsAre("foreign invalid_argument"));
  EXPECT_THAT(log[0].load(log.next_identity(), timestamp{}), IsEmpty());
  EXPECT_THAT(log[1].load(log.next_identity(), timestamp{}), IsEmpty());
  EXPECT_THAT(told, ElementsAre("foreign invalid_argument", "large too_large"));
  EXPECT_TRUE(log.is_idle());
}

TEST_F(bundled, records_are_found_by_their_index_in_memory_and_elsewhere) {
  brokers_in_a_map brokers;
  append("a", {{1, "a"}, {1, "b"}, {1, "c"}});
  brokers.bundles[{0, 0}] = loaded(0);
  ASSERT_TRUE(log[0].settle(0, timestamp{}));
  const std::vector wanted{to_offset({0, 2}), to_offset({0, 1})};
  EXPECT_THAT(text(*log[0].read_at(wanted, brokers)), ElementsAre("c", "b"));
  for (std::int64_t at = 1; at < 30; ++at) {  // more than is kept in memory
    brokers.bundles[{0, at}] = foreign(std::string(100, 'x'));
    ASSERT_TRUE(take_in(at, brokers.bundles[{0, at}]));
  }
  EXPECT_THAT(text(*log[0].read_at(wanted, brokers)), ElementsAre("c", "b"));
  EXPECT_THAT(text(*log[0].read(to_offset({0, 0}), 1, brokers)), ElementsAre("b"));
  EXPECT_EQ(brokers.asked, 2) << "only for what is not in memory";
  const std::vector nowhere{to_offset({0, 3})};
  EXPECT_EQ(log[0].read_at(nowhere, brokers).error().code, errc::corrupt);
}

TEST_F(bundled, a_lost_partition_takes_nothing_and_the_others_go_on) {
  EXPECT_EQ(take_in(0, "no bundle").error().code, errc::corrupt);
  append("waits", {{1, "a"}});
  const error why{errc::corrupt, "log_regressed"};
  EXPECT_TRUE(log[0].lose(why));
  EXPECT_FALSE(log[0].lose(why));
  log[0].answer_waiting(why);
  append("later", {{1, "a"}});
  append("elsewhere", {{2, "a"}});
  EXPECT_EQ(*take_in(0, foreign("x")), nullptr);
  EXPECT_THAT(told, ElementsAre("waits corrupt", "later corrupt"));
  EXPECT_TRUE(log[1].next_send());
}

}  // namespace
}  // namespace perdure::transport
