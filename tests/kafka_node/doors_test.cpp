// Two nodes of one installation that trust each other with nothing: one serves alpha, one beta
// (docs/adr/0014-doors-between-processes.md). Each in this process, with threads, clients, a door
// and a data directory of its own, on a real broker.

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "nexus/metrics.hpp"
#include "tests/kafka_node/kafka_world.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/kafka_clients.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

inline constexpr step<std::string(std::string)> work{"work"};

/// Beta's.
workflow<std::string> answers(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(work, input);
}
workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}
/// Alpha's: each calls the workflow "of" its own input, of the operation before the blank.
workflow<std::string> calls(context& ctx, script_run&, std::string input) {
  const auto operation = input.substr(0, input.find(' '));
  const auto answer =
      co_await call_script(ctx, "beta", operation, input, {.workflow_id = "of " + input}).outcome();
  co_return answer ? "[" + *answer + "]" : std::string(answer.error().what());
}

const std::string first_key(40, 'k'), other_key(40, 'o');

class kafka_doors : public ::testing::Test {
 protected:
  kafka_doors() {
    const auto prefix = real_broker::of_this_program().fresh_name() + ".";
    for (auto* node : {&alpha_, &beta_}) {
      node->options.kafka.topic_prefix = prefix;
      node->options.doors.server.address = "127.0.0.1";
      node->options.doors.server.port = 0;
    }
    set_up(alpha_, "alpha", "beta", {});
    set_up(beta_, "beta", "alpha", {"alpha"});
    share(first_key, first_key);
    add_script(*alpha_.offered, {{"calls", &calls}});
    add_script(*beta_.offered, {{"answers", &answers}, {"waits", &waits}});
    beta_.offered->add_step(work, [this](step_context& ctx, const std::string& in) {
      ++attempts_;
      while (holds_ && !ctx.is_cancelled()) std::this_thread::yield();
      return in + "+";
    });
  }

  void set_up(kafka_world& node, const std::string& own, const std::string& other,
              std::vector<std::string> callers) {
    node.options.node.name = "node of " + own;
    node.options.namespaces = {{own, 4, std::move(callers), 3'600, 1'000}};
    node.options.doors.keys = {{other, "file:" + key_file(own)}};
  }
  std::string key_file(const std::string& of) const { return keys_.path() + "/" + of + ".key"; }
  void share(const std::string& at_alpha, const std::string& at_beta) {
    transport::write_file(key_file("alpha"), at_alpha + "\n");
    transport::write_file(key_file("beta"), at_beta + "\n");
  }
  void start_both() {
    std::vector<std::jthread> threads;
    for (auto* node : {&alpha_, &beta_}) threads.emplace_back([node] { node->start(); });
  }
  static std::string id_of(int number) { return fmt::format("answers {}", number); }
  void start_calls(int from, int to) {
    for (int i = from; i < to; ++i) {
      const auto started = alpha_.client("alpha").start("calls", id_of(i), id_of(i));
      ASSERT_TRUE(started) << started.error().message;
    }
  }
  /// Each call has its one outcome, and its one run in beta.
  void expect_all_answered(int count) {
    for (int i = 0; i < count; ++i)
      EXPECT_EQ(alpha_.client("alpha").end_of(id_of(i)), fmt::format("[{}+]", id_of(i)));
    std::map<std::string, int> runs;
    runtime::list_request all;
    all.limit = 1'000;
    const auto listed = beta_.client("beta").list(all);
    ASSERT_TRUE(listed);
    for (const auto& run : listed->runs) ++runs[run.workflow_id];
    for (int i = 0; i < count; ++i) EXPECT_EQ(runs["of " + id_of(i)], 1) << id_of(i);
  }
  /// Who has written a namespace's topic: each log that was opened is another.
  std::set<std::uint64_t> writers_of(const std::string& name_space) {
    std::set<std::uint64_t> writers;
    const auto client =
        *transport::make_consumer(alpha_.options.kafka, transport::reading::onwards);
    const auto name = alpha_.options.kafka.topic_prefix + name_space;
    const auto topic = *transport::make_topic(*client, name);
    for (std::int32_t number = 0; number < 4; ++number) {
      std::int64_t at = 0, end = 0;
      EXPECT_EQ(
          rd_kafka_query_watermark_offsets(client.get(), name.c_str(), number, &at, &end, 10'000),
          RD_KAFKA_RESP_ERR_NO_ERROR);
      EXPECT_EQ(rd_kafka_consume_start(topic.get(), number, at), 0);
      while (at < end) {
        const transport::kafka_message got(rd_kafka_consume(topic.get(), number, 10'000));
        if (!got || got->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
          ADD_FAILURE() << "topic " << name << " cannot be read";
          break;
        }
        at = got->offset + 1;
        const auto bundle =
            transport::decode_bundle({static_cast<const char*>(got->payload), got->len});
        EXPECT_TRUE(bundle);
        if (bundle) writers.insert(bundle->identity.writer);
      }
      rd_kafka_consume_stop(topic.get(), number);
    }
    return writers;
  }
  static std::string metrics_of(kafka_world& node) {
    nexus::metrics all;
    all.add_source([&node] { return node.node->metrics(); });
    return all.exposition();
  }

  transport::temporary_directory keys_;
  kafka_world alpha_, beta_;
  std::atomic<int> attempts_ = 0;
  std::atomic<bool> holds_ = false;
};

TEST_F(kafka_doors, rule_3_6_a_call_goes_through_the_door_and_so_does_its_answer) {
  start_both();
  start_calls(0, 20);
  expect_all_answered(20);
  EXPECT_EQ(attempts_, 20);
  EXPECT_EQ(writers_of("beta").size(), 1u)
      << "invariant 21: beta's log is written by its node only";
  EXPECT_EQ(writers_of("alpha").size(), 1u);
  EXPECT_THAT(metrics_of(alpha_),
              HasSubstr("perdure_neighbour_waiting_messages{from=\"alpha\",to=\"beta\"} 0"));
  EXPECT_THAT(metrics_of(beta_), Not(HasSubstr("perdure_door_messages_total 0")));
  EXPECT_TRUE(alpha_.stop());
  EXPECT_TRUE(beta_.stop());
}

TEST_F(kafka_doors, rule_3_6_who_may_call_is_judged_behind_the_door) {
  beta_.options.namespaces[0].callers.clear();
  start_both();
  EXPECT_THAT(alpha_.client("alpha").run("calls", "c", "answers c"), HasSubstr("denied"));
  beta_.wait_until_said("are not allowed");
  EXPECT_EQ(attempts_, 0);
  EXPECT_THAT(metrics_of(beta_), HasSubstr("perdure_door_messages_total 1"));
  EXPECT_FALSE(beta_.has_said("the door refuses")) << "a door refuses no number";
}

TEST_F(kafka_doors, calls_with_the_wrong_key_wait_and_go_once_when_it_is_mended) {
  share(other_key, first_key);
  start_both();
  start_calls(0, 10);
  alpha_.wait_until_said("messages of namespace 'alpha' to 'beta' wait: http://127.0.0.1:");
  beta_.wait_until_said("the door refuses messages of a sender that it does not know");
  EXPECT_THAT(metrics_of(beta_), HasSubstr("perdure_door_messages_total 0"));
  EXPECT_THAT(metrics_of(beta_), Not(HasSubstr("{reason=\"not_signed\"} 0")));
  EXPECT_FALSE(alpha_.has_said(other_key) || beta_.has_said(first_key));
  share(other_key, other_key + "\n" + first_key);  // as keys are changed: beta believes both
  expect_all_answered(10);
  EXPECT_EQ(attempts_, 10);
  alpha_.wait_until_said("messages of namespace 'alpha' to 'beta' go again");
}

TEST_F(kafka_doors, a_neighbour_that_stops_in_the_middle_executes_each_call_once) {
  start_both();
  std::jthread load([this] { start_calls(0, 200); });
  while (attempts_ < 40) std::this_thread::yield();
  EXPECT_TRUE(beta_.stop());
  load.join();
  beta_.start();  // its door is at another port now
  expect_all_answered(200);
  EXPECT_EQ(attempts_, 200);
  EXPECT_EQ(writers_of("beta").size(), 2u) << "one for each life of its node";
}

TEST_F(kafka_doors, crashes_on_both_sides_lose_no_call_and_double_none) {
  start_both();
  std::jthread load([this] { start_calls(0, 200); });
  while (attempts_ < 40) std::this_thread::yield();
  beta_.crash();
  load.join();
  alpha_.crash();
  start_both();
  while (attempts_ < 120) std::this_thread::yield();
  alpha_.crash();
  alpha_.start();
  expect_all_answered(200);
}

TEST_F(kafka_doors, a_namespace_that_is_founded_later_is_found_without_a_restart) {
  alpha_.start();
  EXPECT_THAT(alpha_.client("alpha").run("calls", "early", "answers early"),
              HasSubstr("not_found"));
  beta_.start();
  alpha_.wait_until_said("node 'node of beta' has joined");
  EXPECT_EQ(alpha_.client("alpha").run("calls", "late", "answers late"), "[answers late+]");
}

TEST_F(kafka_doors, an_answer_waits_for_a_caller_that_is_away) {
  start_both();
  ASSERT_TRUE(alpha_.client("alpha").start("calls", "c", "waits c"));
  beta_.wait_for_condition("of waits c", "waiting", "beta");
  EXPECT_TRUE(alpha_.stop());
  ASSERT_TRUE(beta_.client("beta").signal("of waits c", "word", "told"));
  EXPECT_EQ(beta_.client("beta").end_of("of waits c"), "told");
  beta_.wait_until_said("messages of namespace 'beta' to 'alpha' wait");
  alpha_.start();
  EXPECT_EQ(alpha_.client("alpha").end_of("c"), "[told]");
}

TEST_F(kafka_doors, a_key_that_cannot_be_used_is_named_at_the_start) {
  share("too short", first_key);
  const auto opened = alpha_.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("doors.keys, beta: the key in line 1 has 9 bytes"));
}

}  // namespace
}  // namespace perdure::testing
