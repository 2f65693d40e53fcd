#include "nexus/door/door_queue.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace perdure::nexus {
namespace {

using runtime::message_number;
using runtime::partition_index;
using runtime::timestamp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct door_queue_test : ::testing::Test {
  void add(std::uint32_t source, std::uint32_t target, std::uint64_t number,
           std::string owner = "") {
    const auto text = fmt::format("{}>{}#{}", source, target, number);
    queue.add({partition_index(source), partition_index(target), message_number(number), text,
               [this, text, owner] { landed.push_back(text + owner); }},
              now);
  }
  std::vector<std::string> next(const delivery_limits& limits = {}) {
    std::vector<std::string> records;
    for (const auto& entry : queue.next_delivery(limits).entries())
      records.push_back(entry.record());
    return records;
  }
  /// Of each target, how many landed.
  std::vector<std::string> take(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> of) {
    door_wire::Receipt receipt;
    for (const auto& [partition, entries] : of) {
      auto& one = *receipt.add_durable();
      one.set_partition(partition);
      one.set_entries(entries);
    }
    landed.clear();
    for (const auto& tell : queue.take_landed(receipt)) tell();
    return landed;
  }

  door_queue queue;
  timestamp now{1};
  std::vector<std::string> landed;
};

TEST_F(door_queue_test, rule_3_2_a_channel_goes_in_the_order_of_its_numbers) {
  for (const auto number : {3, 1, 2}) add(1, 5, static_cast<std::uint64_t>(number));
  EXPECT_THAT(next(), ElementsAre("1>5#1", "1>5#2", "1>5#3"));
  EXPECT_THAT(take({{5, 3}}), ElementsAre("1>5#1", "1>5#2", "1>5#3"));
  EXPECT_THAT(next(), IsEmpty());
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(door_queue_test, rule_3_3_what_did_not_land_is_sent_again_from_there) {
  for (std::uint64_t number = 1; number <= 4; ++number) add(1, 5, number);
  EXPECT_EQ(next().size(), 4u);
  EXPECT_THAT(take({{5, 2}}), ElementsAre("1>5#1", "1>5#2"));
  EXPECT_THAT(next(), ElementsAre("1>5#3", "1>5#4"));
  EXPECT_THAT(next(), ElementsAre("1>5#3", "1>5#4")) << "no answer: the same again";
  EXPECT_THAT(take({}), IsEmpty());
  EXPECT_THAT(take({{5, 2}}), IsEmpty()) << "of no delivery";
  EXPECT_EQ(queue.size(), 2u);
}

TEST_F(door_queue_test, channels_take_turns_when_not_all_fit) {
  for (std::uint32_t source = 1; source <= 3; ++source) {
    for (std::uint64_t number = 1; number <= 3; ++number) add(source, 5, number);
  }
  EXPECT_THAT(next({.entries = 4}), ElementsAre("1>5#1", "1>5#2", "1>5#3", "2>5#1"));
  EXPECT_THAT(take({{5, 4}}), ElementsAre("1>5#1", "1>5#2", "1>5#3", "2>5#1"));
  EXPECT_THAT(next({.entries = 1}), ElementsAre("2>5#2"));
  EXPECT_THAT(next({.entries = 1}), ElementsAre("3>5#1"));
  EXPECT_THAT(next({.entries = 1}), ElementsAre("2>5#2"));
}

TEST_F(door_queue_test, a_delivery_is_as_long_as_the_limit_or_one_record) {
  for (std::uint64_t number = 1; number <= 4; ++number) add(1, 5, number);
  EXPECT_THAT(next({.bytes = 11}), ElementsAre("1>5#1", "1>5#2"));
  EXPECT_THAT(next({.bytes = 1}), ElementsAre("1>5#1"));
}

TEST_F(door_queue_test, a_receipt_counts_by_target) {
  add(1, 5, 1);
  add(1, 6, 1);
  add(2, 5, 1);
  EXPECT_THAT(next(), ElementsAre("1>5#1", "1>6#1", "2>5#1"));
  EXPECT_THAT(take({{5, 1}, {6, 1}}), ElementsAre("1>5#1", "1>6#1"));
  EXPECT_THAT(next(), ElementsAre("2>5#1"));
}

TEST_F(door_queue_test, what_a_later_owner_sends_again_takes_the_place_of_what_waits) {
  add(1, 5, 1, " of the first");
  add(1, 5, 1, " of the second");
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_THAT(next(), ElementsAre("1>5#1"));
  EXPECT_THAT(take({{5, 1}}), ElementsAre("1>5#1 of the second"));
}

/// What is on its way may land as a gap, before the lower numbers that the later owner sends again.
TEST_F(door_queue_test, what_is_sent_again_while_it_is_on_its_way_goes_again) {
  add(1, 5, 3);
  EXPECT_THAT(next(), ElementsAre("1>5#3"));
  for (std::uint64_t number = 1; number <= 3; ++number) add(1, 5, number, " again");
  EXPECT_THAT(take({{5, 1}}), IsEmpty());
  EXPECT_THAT(next(), ElementsAre("1>5#1", "1>5#2", "1>5#3"));
  EXPECT_THAT(take({{5, 3}}), ElementsAre("1>5#1 again", "1>5#2 again", "1>5#3 again"));
}

TEST_F(door_queue_test, knows_how_long_something_waits) {
  EXPECT_EQ(queue.oldest(), timestamp{});
  add(1, 5, 1);
  now = {5};
  add(2, 5, 1);
  EXPECT_EQ(queue.oldest(), timestamp{1});
  next();
  take({{5, 1}});
  EXPECT_EQ(queue.oldest(), timestamp{5});
}

}  // namespace
}  // namespace perdure::nexus
