#include "tests/linearizability/linearizability.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace perdure::testing {
namespace {

using enum linearizability;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A number: "get", "add N" and "set N" give what it is then.
sequential_model number_model() {
  return {"0", [](const std::string& state, const std::string& input) {
            auto next = state;
            if (input.starts_with("set ")) next = input.substr(4);
            if (input.starts_with("add "))
              next = fmt::to_string(std::stoi(state) + std::stoi(input.substr(4)));
            return sequential_model::change{next, next};
          }};
}

operation told(std::int64_t invoked, std::int64_t returned, std::string input, std::string output) {
  return {"n", std::move(input), std::move(output), invoked, returned};
}
operation acknowledged(std::int64_t invoked, std::int64_t returned, std::string input) {
  return {"n", std::move(input), {}, invoked, returned};
}
operation unanswered(std::int64_t invoked, std::string input) {
  return {"n", std::move(input), {}, invoked, {}};
}

linearizability verdict_of(const std::vector<operation>& history) {
  return linearize(number_model(), history).verdict;
}

TEST(linearizability, nothing_is_linearizable) { EXPECT_EQ(verdict_of({}), linearizable); }

TEST(linearizability, one_after_the_other_is_linearizable_and_the_order_is_told) {
  const std::vector<operation> history{told(5, 6, "get", "3"), told(1, 2, "set 1", "1"),
                                       told(3, 4, "add 2", "3")};
  const auto found = linearize(number_model(), history);
  EXPECT_EQ(found.verdict, linearizable);
  EXPECT_THAT(found.order, ElementsAre(1, 2, 0));
}

TEST(linearizability, what_overlaps_may_come_in_either_order) {
  EXPECT_EQ(
      verdict_of({told(1, 10, "set 1", "1"), told(2, 9, "set 2", "2"), told(11, 12, "get", "1")}),
      linearizable);
  EXPECT_EQ(
      verdict_of({told(1, 10, "set 1", "1"), told(2, 9, "set 2", "2"), told(11, 12, "get", "2")}),
      linearizable);
}

TEST(linearizability, what_begins_when_another_ends_overlaps_it) {
  EXPECT_EQ(verdict_of({told(1, 5, "add 1", "2"), told(5, 9, "add 1", "1")}), linearizable);
}

TEST(linearizability, a_read_in_the_middle_of_a_write_sees_it_or_not_and_then_always) {
  const auto write = told(1, 20, "set 1", "1");
  EXPECT_EQ(verdict_of({write, told(2, 3, "get", "0"), told(4, 5, "get", "1")}), linearizable);
  EXPECT_EQ(verdict_of({write, told(2, 3, "get", "1"), told(4, 5, "get", "0")}), not_linearizable);
}

TEST(linearizability, a_stale_read_is_found) {
  EXPECT_EQ(verdict_of({told(1, 2, "set 1", "1"), told(3, 4, "get", "0")}), not_linearizable);
}

TEST(linearizability, a_lost_update_is_found) {
  EXPECT_EQ(verdict_of({told(1, 4, "add 1", "1"), told(2, 3, "add 1", "1")}), not_linearizable);
  EXPECT_EQ(verdict_of(
                {acknowledged(1, 2, "add 1"), acknowledged(1, 2, "add 1"), told(3, 4, "get", "1")}),
            not_linearizable);
}

TEST(linearizability, a_doubled_increment_is_found) {
  EXPECT_EQ(verdict_of({acknowledged(1, 2, "add 1"), told(3, 4, "get", "2")}), not_linearizable);
}

TEST(linearizability, what_got_no_answer_may_have_happened_later_or_never) {
  const std::vector<operation> history{unanswered(1, "add 5"), told(2, 3, "get", "0")};
  EXPECT_EQ(verdict_of(history), linearizable);
  auto later = history;
  later.push_back(told(100, 101, "get", "5"));
  EXPECT_EQ(verdict_of(later), linearizable);
  later.push_back(told(200, 201, "get", "0"));
  EXPECT_EQ(verdict_of(later), not_linearizable) << "and is not undone";
}

TEST(linearizability, what_got_no_answer_must_have_happened_where_others_show_it) {
  const std::vector<operation> shown{unanswered(1, "add 5"), unanswered(1, "add 7"),
                                     told(2, 3, "get", "5")};
  const auto found = linearize(number_model(), shown);
  EXPECT_EQ(found.verdict, linearizable);
  EXPECT_THAT(found.order, ElementsAre(0, 2));
  EXPECT_EQ(verdict_of({unanswered(1, "add 5"), told(2, 3, "get", "6")}), not_linearizable);
}

TEST(linearizability, what_got_no_answer_must_not_have_happened_before_or_twice) {
  EXPECT_EQ(verdict_of({told(1, 2, "get", "5"), unanswered(3, "add 5")}), not_linearizable);
  EXPECT_EQ(verdict_of({unanswered(1, "add 5"), told(2, 3, "get", "10")}), not_linearizable);
}

TEST(linearizability, what_was_acknowledged_without_an_output_happened_in_time) {
  EXPECT_EQ(verdict_of({acknowledged(1, 2, "set 4"), told(3, 4, "get", "4")}), linearizable);
  EXPECT_EQ(
      verdict_of({acknowledged(1, 2, "set 4"), told(3, 4, "get", "0"), told(5, 6, "get", "4")}),
      not_linearizable);
}

TEST(linearizability, a_search_that_takes_too_long_has_not_decided_and_that_is_a_problem) {
  std::vector<operation> history;
  for (int i = 0; i < 20; ++i)
    history.push_back(acknowledged(i, 100, fmt::format("add {}", 1 << i)));
  history.push_back(told(101, 102, "get", "3"));
  EXPECT_EQ(linearize(number_model(), history, 1'000).verdict, not_decided);
  const auto problems = problems_of_order(number_model(), history, 1'000);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0], HasSubstr("not decided"));
}

TEST(linearizability, each_entity_is_looked_at_by_itself_and_named) {
  std::vector<operation> history{told(1, 2, "set 1", "1"), told(3, 4, "get", "0"),
                                 told(5, 6, "get", "1")};
  history[1].entity = "other";
  EXPECT_THAT(problems_of_order(number_model(), history), ::testing::IsEmpty());
  history.push_back({"other", "get", "7", 8, 9});
  const auto problems = problems_of_order(number_model(), history);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0], HasSubstr("other is not linearizable"));
  EXPECT_THAT(problems[0], HasSubstr("[8, 9] get -> 7"));
}

/// What really happens: each operation at a moment within its time, and some mistakes.
class random_history {
 public:
  explicit random_history(unsigned seed) : chance_(seed) {}

  std::vector<operation> make(int clients, int each, bool with_mistakes) {
    struct moment {
      std::int64_t at;
      std::size_t which;
    };
    std::vector<operation> history;
    std::vector<moment> moments;
    for (int client = 0; client < clients; ++client) {
      std::int64_t now = draw(5);
      for (int i = 0; i < each; ++i) {
        operation one{"n", input(), {}, now, {}};
        moments.push_back({now + draw(6), history.size()});
        now = moments.back().at + draw(6);
        if (draw(8) != 0) one.returned = now;
        now += draw(4);
        history.push_back(std::move(one));
      }
    }
    std::ranges::sort(moments, {}, &moment::at);
    const auto model = number_model();
    auto state = model.initial;
    for (const auto& [at, which] : moments) {
      auto& one = history[which];
      const auto mistake = with_mistakes ? draw(10) : 9;
      const auto change = model.apply(state, one.input);
      if (mistake != 0) state = change.state;                         // lost
      if (mistake == 1) state = model.apply(state, one.input).state;  // doubled
      if (one.returned && draw(4) != 0) one.output = mistake == 2 ? "3" : change.output;
      if (mistake == 3 && one.returned)
        one.returned = one.invoked + (at - one.invoked) / 2;  // too early
    }
    return history;
  }

 private:
  std::int64_t draw(unsigned below) { return static_cast<std::int64_t>(chance_() % below); }
  std::string input() {
    const auto number = 1 + draw(3);
    return std::array{std::string("get"), fmt::format("add {}", number),
                      fmt::format("set {}", number)}[static_cast<std::size_t>(draw(3))];
  }

  std::minstd_rand chance_;
};

/// By definition: tries every order of every choice of those that got no answer.
bool is_linearizable_by_definition(const std::vector<operation>& history) {
  const auto model = number_model();
  const auto fits = [&](const std::vector<std::size_t>& order) {
    auto state = model.initial;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& one = history[order[i]];
      for (std::size_t k = i + 1; k < order.size(); ++k) {
        const auto& returned = history[order[k]].returned;
        if (returned && *returned < one.invoked) return false;
      }
      auto change = model.apply(state, one.input);
      if (one.output && *one.output != change.output) return false;
      state = std::move(change.state);
    }
    return true;
  };
  for (unsigned chosen = 0; chosen < 1U << history.size(); ++chosen) {
    std::vector<std::size_t> order;
    bool has_all = true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if ((chosen >> i & 1U) != 0)
        order.push_back(i);
      else
        has_all = has_all && !history[i].returned;
    }
    if (!has_all) continue;
    do {
      if (fits(order)) return true;
    } while (std::ranges::next_permutation(order).found);
  }
  return false;
}

TEST(linearizability, says_of_small_histories_what_all_orders_of_them_say) {
  int good = 0, bad = 0;
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    const auto history = random_history(seed).make(3, 2, seed % 4 != 0);
    const bool expected = is_linearizable_by_definition(history);
    ASSERT_EQ(verdict_of(history), expected ? linearizable : not_linearizable) << "seed " << seed;
    ++(expected ? good : bad);
  }
  EXPECT_GT(good, 500);
  EXPECT_GT(bad, 500);
}

TEST(linearizability, long_histories_are_decided) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    auto history = random_history(seed).make(5, 100, false);
    EXPECT_EQ(verdict_of(history), linearizable) << "seed " << seed;
  }
}

}  // namespace
}  // namespace perdure::testing
