#include "actors/node.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/gate.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::control_verb;
using runtime::errc;
using testing::call_script;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::script_run;
using ::testing::StartsWith;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

workflow<std::string> one_step(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(work, input);
}

workflow<std::string> wait_for_word(context& ctx, script_run& run, std::string input) {
  run.shown = input;
  const auto word = co_await ctx.signal<std::string>("word");
  co_return input + word;
}

workflow<std::string> doubles(context& ctx, script_run&, std::string) {
  const auto word = co_await ctx.signal<std::string>("word");
  co_return word + word;
}

workflow<std::string> stumbles(context&, script_run&, std::string) {
  throw std::out_of_range("nothing there");
  co_return {};
}

workflow<std::string> call_team(context& ctx, script_run&, std::string input) {
  std::string all;
  for (int i = 0; i < 5; ++i)
    all += co_await call_script(ctx, "", "one_step", input,
                                {.workflow_id = fmt::format("{}-{}", input, i)});
  co_return all;
}

workflow<std::string> fan(context& ctx, script_run&, std::string input) {
  std::vector<pending<std::string>> all;
  for (int i = 0; i < 100; ++i) all.push_back(ctx.step(work, fmt::format("{}{}", input, i)));
  std::string said;
  for (auto& one : all) said += co_await std::move(one);
  co_return said;
}

class node_test : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::add_script(world_.offered, {{"echo", &echo},
                                         {"one_step", &one_step},
                                         {"wait_for_word", &wait_for_word},
                                         {"doubles", &doubles},
                                         {"call_team", &call_team},
                                         {"fan", &fan}});
    world_.offered.add_step(work, [this](const std::string& in) {
      ++worked_;
      if (holds_) gate_.pass();
      return "<" + in + ">";
    });
  }

  memory_node world_;
  std::atomic<int> worked_ = 0;
  std::atomic<bool> holds_ = false;
  gate gate_;
};

TEST_F(node_test, it_claims_its_partitions_and_is_ready) {
  world_.start();
  const auto status = world_.client().status();
  ASSERT_TRUE(status);
  ASSERT_EQ(status->partitions.size(), 2u);
  for (const auto& partition : status->partitions) EXPECT_EQ(partition.state, "owner");
  EXPECT_EQ(status->build, world_.options.build);
}

TEST_F(node_test, a_start_runs_to_its_result) {
  world_.start();
  EXPECT_EQ(world_.client().run("echo", "a", "hello"), "hello");
  EXPECT_EQ(world_.client().run("one_step", "b", "x"), "<x>");
}

TEST_F(node_test, rule_2_8_a_clock_that_was_set_back_is_told_once) {
  world_.start();
  ASSERT_EQ(world_.client().run("echo", "a", "hello"), "hello");
  const auto delayed = [this](const std::string& id) {
    auto request = world_.client().request("echo", id, "hello");
    request.delay = runtime::seconds(1);
    EXPECT_TRUE(world_.client().start(request));
  };
  delayed("b");
  EXPECT_FALSE(world_.has_said("behind"));
  world_.clock.set_back(runtime::seconds(60));
  for (const auto* id : {"c", "d", "e", "f", "g"}) delayed(id);
  world_.wait_until_said("the clock is 60 s behind the log");
  const auto told = [this] {
    return std::ranges::count_if(world_.said(), [](auto& line) { return line.contains("behind"); });
  };
  EXPECT_LE(told(), 2) << "by each partition once";
}

TEST_F(node_test, rule_2_3_nothing_is_answered_or_done_before_it_was_read_back) {
  world_.start();
  world_.log.hold_back();
  auto answered = std::make_shared<std::promise<bool>>();
  auto answer = answered->get_future();
  world_.node->client().start(
      world_.client().request("one_step", "a", "x"),
      [answered](const auto& reply) { answered->set_value(reply.has_value()); });
  world_.log.wait_for_waiting();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(worked_, 0);
  world_.log.let_go();
  EXPECT_TRUE(answer.get());
  EXPECT_EQ(world_.client().end_of("a"), "<x>");
}

TEST_F(node_test, everyone_who_waits_hears_that_the_node_ends) {
  world_.start();
  ASSERT_TRUE(world_.client().start("wait_for_word", "waits"));
  std::vector<std::future<runtime::expected<runtime::run_result>>> results;
  const auto ask = [&](const std::string& id) {
    auto answer = std::make_shared<std::promise<runtime::expected<runtime::run_result>>>();
    results.push_back(answer->get_future());
    world_.node->client().result(world_.client().of(id), runtime::seconds(1'000),
                                 [answer](auto got) { answer->set_value(std::move(got)); });
  };
  ask("waits");
  world_.log.hold_back();
  auto started = std::make_shared<std::promise<runtime::expected<runtime::start_reply>>>();
  world_.node->client().start(world_.client().request("echo", "never"),
                              [started](auto got) { started->set_value(std::move(got)); });
  world_.log.wait_for_waiting();
  world_.log.lose_waiting();
  world_.crash();
  EXPECT_EQ(results[0].get().error().code, errc::unavailable);
  EXPECT_EQ(started->get_future().get().error().code, errc::unavailable);
}

TEST_F(node_test, a_turn_of_many_steps_is_read_once_when_they_start_again) {
  holds_ = true;
  world_.start();
  ASSERT_TRUE(world_.client().start("fan", "w", ""));
  gate_.wait_for(1);
  world_.log.hold_back();
  gate_.open();
  world_.crash();
  world_.log.lose_waiting();
  world_.log.let_go();
  std::atomic<int> reads = 0;
  world_.log.before_read = [&reads] { ++reads; };
  world_.start();
  std::string all;
  for (int i = 0; i < 100; ++i) all += fmt::format("<{}>", i);
  EXPECT_EQ(world_.client().end_of("w"), all);
  EXPECT_LE(reads, 10);
  world_.crash();
}

TEST_F(node_test, rule_3_5_steps_that_wait_for_room_in_the_window_show) {
  world_.options.owner.attempts = 2;
  holds_ = true;
  world_.start();
  ASSERT_TRUE(world_.client().start("fan", "w", ""));
  gate_.wait_for(1);
  const auto counts = [this] {
    std::pair<std::size_t, std::size_t> sum;
    for (const auto& partition : world_.client().status()->partitions) {
      sum.first += partition.running_steps;
      sum.second += partition.queued_steps;
    }
    return sum;
  };
  EXPECT_EQ(counts(), std::pair(std::size_t{2}, std::size_t{98}));
  const auto run = world_.client().describe("w");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->summary.condition, "queued");
  EXPECT_EQ(run->summary.detail, "waits for 100 steps, 98 of them for room in steps.window");
  gate_.open();
  EXPECT_TRUE(world_.client().end_of("w").ends_with("<99>"));
  EXPECT_EQ(counts(), std::pair(std::size_t{0}, std::size_t{0}));
}

TEST_F(node_test, a_node_that_ends_without_a_drain_has_not_handed_over) {
  world_.start();
  EXPECT_EQ(world_.node->handed_over(), std::nullopt);
  world_.node->stop();
  world_.threads->stop();
  EXPECT_EQ(world_.node->handed_over(), std::nullopt);
}

TEST_F(node_test, after_a_drain_requests_are_refused_as_unavailable) {
  world_.start();
  EXPECT_TRUE(world_.node->drain());
  EXPECT_EQ(world_.client().start("echo", "late").error().code, errc::unavailable);
}

TEST_F(node_test, a_drain_waits_for_attempts_that_run_and_records_their_results) {
  holds_ = true;
  world_.start();
  ASSERT_TRUE(world_.client().start("one_step", "a", "x"));
  gate_.wait_for(1);
  std::jthread opens([this] {
    while (world_.client().start("echo", "asks").has_value()) std::this_thread::yield();
    gate_.open();  // it drains: new work is refused
  });
  EXPECT_TRUE(world_.stop());
  world_.start();
  EXPECT_EQ(world_.client().end_of("a"), "<x>");
  EXPECT_EQ(worked_, 1);
}

TEST_F(node_test, a_drain_before_the_claim_was_read_back_hands_over_all_the_same) {
  world_.start();
  ASSERT_TRUE(world_.stop());
  world_.log.hold_back();
  world_.begin();
  world_.log.wait_for_waiting();
  std::jthread lets_go([this] { world_.log.let_go(); });
  EXPECT_TRUE(world_.stop());
  const auto records = world_.log.records();
  for (const auto partition : {1U, 2U}) {
    const auto last =
        std::ranges::find(records.rbegin(), records.rend(), runtime::partition_index(partition),
                          &runtime::log_record::partition);
    ASSERT_NE(last, records.rend());
    EXPECT_EQ(runtime::record_view::parse(last->bytes)->front().kind,
              runtime::record_kind::handed_over);
  }
}

TEST_F(node_test, rule_5_6_a_record_that_cannot_be_read_stops_its_partition_by_name) {
  world_.start();
  std::string first = "0", second = "0";
  for (int i = 0;
       world_.client().start("wait_for_word", first = std::to_string(i))->run_id[5] != '0';)
    ++i;
  for (int i = 100;
       world_.client().start("wait_for_word", second = std::to_string(i))->run_id[5] != '1';)
    ++i;
  auto waits = std::make_shared<std::promise<runtime::expected<runtime::run_result>>>();
  world_.node->client().result(world_.client().of(first), runtime::seconds(1'000),
                               [waits](auto got) { waits->set_value(std::move(got)); });
  world_.log.put(runtime::partition_index(1), "no record at all");
  world_.wait_until_said("has stopped");
  const auto answer = waits->get_future().get();
  EXPECT_EQ(answer.error().code, errc::unavailable) << "whoever waits hears of it";
  const auto refused = world_.client().signal(first, "word", "!");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("stopped"));
  const auto status = world_.client().status();
  EXPECT_FALSE(status->ready);
  EXPECT_EQ(status->partitions[0].state, "stopped");
  EXPECT_TRUE(world_.client().signal(second, "word", "!"));
  EXPECT_THAT(world_.client().end_of(second), ::testing::EndsWith("!")) << "the others go on";
  EXPECT_FALSE(world_.stop()) << "it was not handed over";
  world_.begin();
  while (world_.client().status()->partitions[1].state != "owner") std::this_thread::yield();
  EXPECT_EQ(world_.client().status()->partitions[0].state, "stopped") << "and so it stays";
  EXPECT_EQ(world_.client().signal(first, "word", "!").error().code, errc::unavailable);
  EXPECT_TRUE(world_.client().result(second));
}

TEST_F(node_test, rule_7_6_the_edge_takes_no_larger_input_than_the_log) {
  world_.log.limit = 40'000;
  world_.start();
  const auto refused = world_.client().start("echo", "a", std::string(39'950, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_large);
  ASSERT_TRUE(world_.client().start("doubles", "b"));
  EXPECT_EQ(world_.client().signal("b", "word", std::string(39'950, 'x')).error().code,
            errc::too_large);
  EXPECT_TRUE(world_.client().start("echo", "c", std::string(15'000, 'x')));
  EXPECT_FALSE(world_.has_said("has stopped"));
}

TEST_F(node_test, a_decision_that_the_log_refuses_stops_the_partition_by_name) {
  world_.start();
  world_.log.limit = 4'000;
  ASSERT_TRUE(world_.client().start("doubles", "a"));
  ASSERT_TRUE(world_.client().signal("a", "word", std::string(3'000, 'x')));
  world_.wait_until_said("has stopped");
  EXPECT_TRUE(world_.has_said("over the limit"));
}

TEST_F(node_test, rule_3_7_a_clock_that_was_set_back_does_not_make_new_requests_too_late) {
  world_.namespaces = {{"team", 1, {}, 3'600, 1}};  // keeps the newest closed run
  world_.start();
  ASSERT_EQ(world_.client().run("echo", "a"), "");
  ASSERT_EQ(world_.client().run("echo", "b"), "");
  ASSERT_EQ(world_.client().run("echo", "c"), "");
  world_.clock.set_back(runtime::seconds(600));
  const auto started = world_.client().start("echo", "d");
  ASSERT_TRUE(started) << started.error().message;
}

TEST_F(node_test, an_activation_that_is_ended_while_its_journal_is_read_never_runs) {
  static std::atomic<int> began;
  testing::add_script(world_.offered,
                      {{"counted",
                        [](context& ctx, script_run&, std::string) -> workflow<std::string> {
                          ++began;
                          co_return co_await ctx.signal<std::string>("word");
                        }}},
                      {.name = "test.Counted", .build = "1"});
  world_.start();
  auto request = world_.client().request("counted", "a");
  request.agent = "test.Counted";
  ASSERT_TRUE(world_.client().start(request));
  ASSERT_TRUE(world_.client().query("a"));
  world_.crash();
  began = 0;
  world_.start();
  world_.log.before_read = [this] { gate_.pass(); };
  ASSERT_TRUE(world_.client().signal("a", "word", "!"));
  gate_.wait_for(1);
  ASSERT_TRUE(world_.client().control("a", control_verb::terminate));
  const auto ended = world_.client().list({});
  while (world_.client().list({})->runs[0].status != runtime::run_status::terminated)
    std::this_thread::yield();
  gate_.open();
  EXPECT_EQ(world_.client().end_of("a"), "terminated: ");  // read behind the journal
  EXPECT_EQ(world_.client().run("echo", "b", "done"), "done");
  EXPECT_EQ(began, 0);
}

TEST_F(node_test, an_attempt_that_is_ended_while_its_arguments_are_read_never_runs) {
  holds_ = true;
  world_.start();
  ASSERT_TRUE(world_.client().start("one_step", "a", "x"));
  gate_.wait_for(1);
  world_.log.hold_back();  // else the step's result could be recorded before the crash
  std::jthread opens([this] { gate_.open(); });
  world_.crash();
  world_.log.lose_waiting();
  world_.log.let_go();
  worked_ = 0;
  gate reads;
  world_.log.before_read = [&] { reads.pass(); };
  world_.start();
  reads.wait_for(1);
  ASSERT_TRUE(world_.client().control("a", control_verb::terminate));
  while (world_.client().list({})->runs[0].status != runtime::run_status::terminated)
    std::this_thread::yield();
  reads.open();
  EXPECT_EQ(world_.client().end_of("a"), "terminated: ");
  EXPECT_EQ(world_.client().run("one_step", "b", "y"), "<y>");
  EXPECT_EQ(worked_, 1) << "only that of b";
}

TEST_F(node_test, a_run_id_and_a_workflow_id_must_belong_together) {
  world_.start();
  const auto one = world_.client().start("wait_for_word", "one");
  auto address = world_.client().of("one");
  address.run_id = one->run_id;
  const auto describe = [&] {
    return testing::blocking_client::ask<runtime::run_details>(
        [&](auto reply) { world_.node->client().describe(address, std::move(reply)); });
  };
  EXPECT_TRUE(describe());
  const auto same_partition = [&] {
    for (int i = 0;; ++i) {
      const auto id = fmt::format("other-{}", i);
      if (world_.client().start("echo", id)->run_id[5] == one->run_id[5]) return id;
    }
  }();
  address.workflow_id = same_partition;
  EXPECT_EQ(describe().error().code, errc::not_found);
  const auto signalled = testing::blocking_client::ask<runtime::start_reply>([&](auto reply) {
    world_.node->client().signal({address, "word", {}, encode(std::string("!"))}, std::move(reply));
  });
  EXPECT_EQ(signalled.error().code, errc::not_found);
  address.workflow_id.clear();
  EXPECT_TRUE(describe());
}

TEST_F(node_test, who_asks_for_a_workflow_that_is_not_there_is_told_where_to_look) {
  world_.start();
  const auto way_on =
      ::testing::HasSubstr("no workflow 'gone' in namespace 'team': `perdure workflow list` shows");
  EXPECT_THAT(world_.client().describe("gone").error().message, way_on);
  EXPECT_THAT(world_.client().signal("gone", "word", std::string("!")).error().message, way_on);
}

TEST_F(node_test, rule_3_7_the_same_request_key_gets_the_same_answer_also_when_asked_at_once) {
  world_.start();
  auto request = world_.client().request("wait_for_word", "a");
  request.request_key = "key";
  world_.log.hold_back();
  std::vector<std::future<runtime::expected<runtime::start_reply>>> answers;
  for (int i = 0; i < 3; ++i) {
    auto answer = std::make_shared<std::promise<runtime::expected<runtime::start_reply>>>();
    answers.push_back(answer->get_future());
    if (i == 2) request.input = encode(std::string("another body"));
    world_.node->client().start(request, [answer](auto got) { answer->set_value(std::move(got)); });
  }
  world_.log.let_go();
  const auto first = answers[0].get(), again = answers[1].get(), other = answers[2].get();
  ASSERT_TRUE(first);
  ASSERT_TRUE(again);
  EXPECT_FALSE(first->duplicate);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(first->run_id, again->run_id);
  EXPECT_EQ(other.error().code, errc::already_exists);
}

TEST_F(node_test, pages_of_a_list_hold_every_run_once) {
  world_.start();
  std::set<std::string> started, listed;
  for (int i = 0; i < 25; ++i) {
    const auto id = fmt::format("w-{:02}", i);
    started.insert(id);
    if (i % 2 == 0)
      world_.client().run("echo", id, "x");
    else
      ASSERT_TRUE(world_.client().start("wait_for_word", id));
  }
  for (const std::size_t limit : {1U, 4U, 25U, 100U}) {
    runtime::list_request request;
    request.limit = limit;
    std::vector<std::string> shown;
    do {
      const auto page = world_.client().list(request);
      ASSERT_TRUE(page);
      EXPECT_LE(page->runs.size(), limit);
      for (const auto& run : page->runs) shown.push_back(run.workflow_id);
      request.page = page->next_page;
    } while (!request.page.empty());
    EXPECT_EQ(shown.size(), 25u) << limit;
    EXPECT_EQ(std::set(shown.begin(), shown.end()), started) << limit;
  }
  runtime::list_request filtered;
  filtered.status = runtime::run_status::open;
  EXPECT_EQ(world_.client().list(filtered)->runs.size(), 12u);
  filtered = {};
  filtered.id_prefix = "w-1";
  EXPECT_EQ(world_.client().list(filtered)->runs.size(), 10u);
  filtered = {};
  filtered.agent = "nobody";
  EXPECT_THAT(world_.client().list(filtered)->runs, IsEmpty());
}

TEST_F(node_test, a_step_that_will_be_tried_again_is_described_with_its_last_failure) {
  memory_node refused;
  testing::add_script(refused.offered, {{"one_step", &one_step}});
  refused.offered.add_step(work, [](const std::string& in) -> std::string {
    throw std::runtime_error("refused " + in);
  });
  refused.start();
  ASSERT_TRUE(refused.client().start("one_step", "a", "x"));
  while (true) {
    const auto open = refused.client().describe("a")->open;
    if (open.empty() || open[0].attempt < 2) continue;
    EXPECT_THAT(open[0].last_failure, HasSubstr("refused x"));
    break;
  }
}

TEST_F(node_test, a_run_that_is_parked_is_named_in_the_nodes_log) {
  memory_node stumbling;
  testing::add_script(stumbling.offered, {{"stumbles", &stumbles}});
  stumbling.start();
  ASSERT_TRUE(stumbling.client().start("stumbles", "a", "x"));
  stumbling.wait_until_said("of workflow 'a' is parked (exception)");
  EXPECT_TRUE(stumbling.has_said("nothing there"));
}

TEST_F(node_test, a_step_waits_where_its_agent_is_not_for_the_node_that_has_it) {
  for (const bool cleanly : {false, true}) {
    const auto id = cleanly ? "clean" : "crash";
    memory_node passed;
    std::atomic<bool> runs = false;
    testing::add_script(passed.offered, {{"one_step", &one_step}});
    passed.offered.add_step(work, [&runs](step_context& ctx, const std::string&) {
      runs = true;
      while (!ctx.is_cancelled()) std::this_thread::yield();
      return std::string("stopped");
    });
    passed.start();
    ASSERT_TRUE(passed.client().start("one_step", id, "x"));
    while (!runs) std::this_thread::yield();
    passed.crash();
    passed.offered = registry("without agents");
    passed.start();
    EXPECT_EQ(passed.client().describe(id)->summary.condition, "no_handler");
    cleanly ? static_cast<void>(passed.stop()) : passed.crash();
    passed.offered = registry("again");
    testing::add_script(passed.offered, {{"one_step", &one_step}});
    passed.offered.add_step(work, [](const std::string& in) { return "<" + in + ">"; });
    passed.start();
    EXPECT_EQ(passed.client().end_of(id), "<x>") << id;
  }
}

/// On a log without atomic batches, messages between partitions are appends of their own.
class single_batches_test : public node_test {
 protected:
  single_batches_test() : single_(memory_log::batches::single) {}
  void SetUp() override {
    testing::add_script(
        single_.offered,
        {{"one_step", &one_step}, {"wait_for_word", &wait_for_word}, {"call_team", &call_team}});
    single_.offered.add_step(work, [this](const std::string& in) {
      ++worked_;
      return "<" + in + ">";
    });
    single_.namespaces[0].partitions = 4;
    single_.start();
  }
  memory_node single_;
};

TEST_F(single_batches_test, rule_3_4_calls_between_partitions_go_when_the_turn_was_read_back) {
  EXPECT_EQ(single_.client().run("call_team", "a", "x"), "<x><x><x><x><x>");
  EXPECT_EQ(worked_, 5);
}

TEST_F(single_batches_test, rule_5_4_an_owner_whose_append_is_lost_or_unknown_claims_again) {
  const passing_time time(single_.clock);
  for (const std::string id : {"lost", "landed"}) {
    ASSERT_TRUE(single_.client().start("wait_for_word", id, "a "));
    single_.log.fail_others(2, id == "lost" ? memory_log::fate::lost : memory_log::fate::landed);
    auto signal = single_.client().signal(id, "word", "word", "key");
    while (!signal) {
      EXPECT_THAT(signal.error().code, ::testing::AnyOf(errc::outcome_unknown, errc::unavailable))
          << signal.error().message;
      signal = single_.client().signal(id, "word", "word", "key");
    }
    EXPECT_EQ(single_.client().end_of(id), "a word");
  }
  single_.wait_until_said("it claims again in 10 ms");
}

TEST_F(single_batches_test, rule_3_3_messages_whose_append_is_lost_or_unknown_are_sent_again) {
  for (const auto fate : {memory_log::fate::lost, memory_log::fate::landed}) {
    worked_ = 0;
    single_.log.fail_messages(7, fate);
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
      ids.push_back(fmt::format("w-{}-{}", static_cast<int>(fate), i));
      ASSERT_TRUE(single_.client().start("call_team", ids.back(), ids.back()));
    }
    for (const auto& id : ids)
      EXPECT_THAT(single_.client().end_of(id), StartsWith("<" + id + "><" + id + ">"));
    EXPECT_EQ(worked_, 20);
  }
}

TEST_F(single_batches_test, rule_3_3_nothing_overtakes_a_message_that_is_read_to_be_sent_again) {
  single_.log.before_read = [this] { gate_.pass(); };
  single_.log.fail_messages(1, memory_log::fate::lost);
  ASSERT_TRUE(single_.client().start("call_team", "first", "first"));
  gate_.wait_for(1);
  for (int i = 0; i < 40; ++i) {  // some of them use the same channel
    const auto id = fmt::format("later-{}", i);
    ASSERT_TRUE(single_.client().start("call_team", id, id));
  }
  gate_.open();
  EXPECT_THAT(single_.client().end_of("first"), StartsWith("<first"));
  for (int i = 0; i < 40; ++i)
    EXPECT_THAT(single_.client().end_of(fmt::format("later-{}", i)), StartsWith("<later"));
}

TEST_F(single_batches_test, rule_3_3_a_new_owner_sends_what_was_not_confirmed) {
  for (int round = 0; round < 5; ++round) {
    const auto id = fmt::format("round-{}", round);
    ASSERT_TRUE(single_.client().start("call_team", id, id));
    single_.crash();
    single_.notes.left.emplace();
    single_.start();
  }
  for (int round = 0; round < 5; ++round)
    EXPECT_THAT(single_.client().end_of(fmt::format("round-{}", round)), StartsWith("<round"));
}

}  // namespace
}  // namespace perdure::actors
