#include "actors/attempt_loads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perdure::actors {
namespace {

using runtime::offset, runtime::payload, runtime::run_key, runtime::thing_number;
using ::testing::ElementsAre, ::testing::IsEmpty;

constexpr run_key run{offset(1), {}};
constexpr offset one_turn{10}, another_turn{20};

/// The attempt of a step whose arguments lie in the part of its number.
runtime::attempt_order order(offset at, std::uint32_t step) {
  runtime::attempt_order order;
  order.attempt.run = run;
  order.attempt.step = thing_number(step);
  order.attempt.attempt = runtime::attempt_number(1);
  order.missing = true;
  order.arguments = {at, step};
  return order;
}

/// Ends a read as the log would: the argument of part 3 is "3".
std::vector<std::string> end(attempt_loads& loads, const attempt_loads::record_read& read) {
  std::vector<payload> arguments;
  for (const auto part : read.parts) arguments.push_back(payload(std::to_string(part)));
  std::vector<std::string> started;
  for (const auto& attempt : loads.arrived(read.at, std::move(arguments))) {
    EXPECT_EQ(attempt.arguments.view(), std::to_string(attempt.step.value));
    started.emplace_back(attempt.arguments.view());
  }
  return started;
}

TEST(attempt_loads_test, arguments_of_one_record_are_read_together) {
  attempt_loads loads;
  loads.add(order(one_turn, 1));
  loads.add(order(another_turn, 7));
  loads.add(order(one_turn, 2));
  const auto reads = loads.take_reads();
  ASSERT_EQ(reads.size(), 2u);
  EXPECT_THAT(loads.take_reads(), IsEmpty());
  EXPECT_THAT(end(loads, reads[1]), ElementsAre("7"));
  EXPECT_THAT(end(loads, reads[0]), ElementsAre("1", "2"));
  EXPECT_THAT(loads.take_reads(), IsEmpty());
}

TEST(attempt_loads_test, a_record_that_is_being_read_is_read_again_after_it_for_all_that_came) {
  attempt_loads loads;
  loads.add(order(one_turn, 1));
  const auto first = loads.take_reads();
  for (std::uint32_t step = 2; step < 100; ++step) {
    loads.add(order(one_turn, step));
    EXPECT_THAT(loads.take_reads(), IsEmpty());
  }
  EXPECT_THAT(end(loads, first.at(0)), ElementsAre("1"));
  const auto second = loads.take_reads();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(end(loads, second[0]).size(), 98u);
}

TEST(attempt_loads_test, what_was_cancelled_does_not_start_and_is_not_read) {
  attempt_loads loads;
  loads.add(order(one_turn, 1));
  loads.add(order(another_turn, 7));
  loads.cancel(run, thing_number(7), runtime::attempt_number(1));
  const auto reads = loads.take_reads();
  ASSERT_EQ(reads.size(), 1u);
  loads.add(order(one_turn, 2));
  loads.cancel(run, thing_number(1), runtime::attempt_number(1));
  loads.cancel(run, thing_number(2), runtime::attempt_number(1));
  EXPECT_THAT(end(loads, reads[0]), IsEmpty());
  EXPECT_THAT(loads.take_reads(), IsEmpty());
}

TEST(attempt_loads_test, an_attempt_that_is_ordered_again_after_its_cancellation_starts_once) {
  attempt_loads loads;
  loads.add(order(one_turn, 1));
  const auto first = loads.take_reads();
  loads.cancel(run, thing_number(1), runtime::attempt_number(1));
  loads.add(order(one_turn, 1));
  EXPECT_THAT(end(loads, first.at(0)), ElementsAre("1"));
  EXPECT_THAT(loads.take_reads(), IsEmpty());
  loads.add(order(one_turn, 2));
  EXPECT_THAT(end(loads, loads.take_reads().at(0)), ElementsAre("2"));
}

}  // namespace
}  // namespace perdure::actors
