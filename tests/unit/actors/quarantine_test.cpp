#include <gmock/gmock.h>

#include "runtime/ids.hpp"
#include "runtime/record.hpp"
#include "runtime/routes.hpp"
#include "tests/unit/actors/gate.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::control_verb;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::script_run;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> one_step(context& ctx, script_run& run, std::string input) {
  run.shown = input;
  co_return co_await ctx.step(work, input);
}
workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

/// Steps wait at a gate that each test opens; which inputs are at work is known at any time.
class quarantine_test : public ::testing::Test {
 protected:
  explicit quarantine_test(memory_log::batches kind = memory_log::batches::atomic) : world_(kind) {}
  void SetUp() override {
    testing::add_script(world_.offered, {{"one_step", &one_step}, {"echo", &echo}});
    world_.offered.add_step(work, [this](step_context& ctx, const std::string& in) {
      std::unique_lock lock(mutex_);
      at_work_.insert(in);
      most_at_work_ = std::max(most_at_work_, at_work_.size());
      changed_.notify_all();
      while (!may_end_.contains(in) && (stubborn_ || !ctx.is_cancelled()))
        changed_.wait_for(lock, std::chrono::milliseconds(1), [] { return false; });
      at_work_.erase(in);
      changed_.notify_all();
      return "<" + in + ">";
    });
    world_.start();
  }
  void TearDown() override {
    stubborn_ = false;
    world_.crash();
  }

  void wait_until_at_work(const std::string& in) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return at_work_.contains(in); });
  }
  std::set<std::string> at_work() {
    const std::lock_guard lock(mutex_);
    return at_work_;
  }
  std::size_t most_at_work() {
    const std::lock_guard lock(mutex_);
    return most_at_work_;
  }
  void forget_most_at_work() {
    const std::lock_guard lock(mutex_);
    most_at_work_ = 0;
  }
  void may_end(const std::string& in) {
    const std::lock_guard lock(mutex_);
    may_end_.insert(in);
    changed_.notify_all();
  }
  /// Starts a run whose step waits, and returns the note that its code takes.
  runtime::crash_notes::note start_run(const std::string& id) {
    const auto started = world_.client().start("one_step", id, id);
    EXPECT_TRUE(started);
    return note_of(*started);
  }
  static runtime::crash_notes::note note_of(const runtime::start_reply& started) {
    const auto& text = started.run_id;  // team~number~incarnation~offset
    const auto number = static_cast<std::uint32_t>(text[5] - '0');
    return {runtime::partition_index(number + 1),
            {runtime::offset(std::stoull(text.substr(text.rfind('~') + 1))), {}}};
  }
  /// The process ends unexpectedly while those runs' code runs; the next one begins.
  void crash_while_running(std::vector<runtime::crash_notes::note> noted) {
    world_.crash();
    world_.notes.left = std::move(noted);
    world_.start();
  }
  /// As another node would; returns when this one owns the partition again.
  void another_claims(runtime::partition_index partition) {
    const auto epoch = [&] {
      return world_.client().status()->partitions.at(partition.value - 1).current;
    };
    runtime::wire::Claim claim;
    claim.set_session(7);
    claim.set_replaces(epoch().value);
    std::string bytes;
    runtime::encode_record(bytes, {runtime::record_kind::claim, world_.clock.now(), {}}, claim);
    const auto before = epoch();
    world_.log.put(partition, std::move(bytes));
    while (epoch().value <= before.value + 1) std::this_thread::yield();
    world_.wait_until_ready();
  }
  void resume_parked(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
      if (condition(id) == "parked") ASSERT_TRUE(world_.client().control(id, control_verb::resume));
    }
  }
  std::string condition(const std::string& id) {
    const auto details = world_.client().describe(id);
    return details ? details->summary.condition : details.error().message;
  }

  memory_node world_;
  passing_time passes_{world_.clock};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> at_work_, may_end_;
  std::size_t most_at_work_ = 0;
  std::atomic<bool> stubborn_ = false;  ///< they do not end when they are told to
};

TEST_F(quarantine_test, rule_5_3_a_run_suspect_twice_goes_on_alone_on_the_node) {
  const auto poison = start_run("poison");
  wait_until_at_work("poison");
  crash_while_running({poison});
  wait_until_at_work("poison");
  EXPECT_EQ(condition("poison"), "waiting");
  start_run("bystander");
  wait_until_at_work("bystander");
  crash_while_running({poison});
  wait_until_at_work("bystander");
  EXPECT_EQ(condition("poison"), "quarantined");
  EXPECT_THAT(at_work(), ElementsAre("bystander")) << "it waits until all others are silent";
  may_end("bystander");
  wait_until_at_work("poison");
  start_run("later");
  EXPECT_EQ(condition("later"), "runnable");
  EXPECT_THAT(at_work(), ElementsAre("poison")) << "others wait until it is over";
  may_end("later");
  may_end("poison");
  for (const auto* id : {"poison", "bystander", "later"})
    EXPECT_EQ(world_.client().end_of(id), "<" + std::string(id) + ">");
}

TEST_F(quarantine_test, rule_5_3_it_is_convicted_if_its_process_ends_while_it_is_alone) {
  const auto poison = start_run("poison");
  for (int crash = 0; crash < 3; ++crash) {
    wait_until_at_work("poison");
    crash_while_running({poison});
  }
  world_.wait_until_said("poison");
  while (condition("poison") != "parked") std::this_thread::yield();
  EXPECT_THAT(world_.client().describe("poison")->summary.detail, HasSubstr("poison"));
  EXPECT_EQ(world_.client().run("echo", "other", "goes on"), "goes on");
  may_end("poison");
  ASSERT_TRUE(world_.client().control("poison", control_verb::resume));
  EXPECT_EQ(world_.client().end_of("poison"), "<poison>") << "an operator moves it";
}

TEST_F(quarantine_test, rule_5_3_a_clean_restart_between_neither_counts_nor_forgives) {
  const auto poison = start_run("poison");
  wait_until_at_work("poison");
  world_.options.drain = runtime::milliseconds(1);  // of the node that begins now
  crash_while_running({poison});
  wait_until_at_work("poison");
  EXPECT_TRUE(world_.stop());
  world_.notes.left.emplace();
  world_.start();
  wait_until_at_work("poison");
  EXPECT_EQ(condition("poison"), "waiting");
  crash_while_running({poison});
  wait_until_at_work("poison");
  EXPECT_EQ(condition("poison"), "quarantined");
}

TEST_F(quarantine_test, rule_5_3_a_page_of_another_session_says_nothing) {
  const auto poison = start_run("poison");
  wait_until_at_work("poison");
  world_.crash();
  world_.notes.belong_to(runtime::session_id(7));  // a process that ended before it had an epoch
  world_.notes.left.emplace();                     // ran nothing
  world_.start();
  wait_until_at_work("poison");
  crash_while_running({poison});
  wait_until_at_work("poison");
  EXPECT_EQ(condition("poison"), "quarantined") << "suspect at both claims";
}

TEST_F(quarantine_test, rule_5_3_no_bystander_is_parked_for_another_run) {
  const auto poison = start_run("poison");
  std::vector<std::string> others;
  for (int i = 0; i < 5; ++i) {
    others.push_back(fmt::format("other-{}", i));
    start_run(others.back());
  }
  for (int crash = 0; crash < 2; ++crash) {
    wait_until_at_work("poison");
    for (const auto& other : others) wait_until_at_work(other);
    crash_while_running({poison});
  }
  for (const auto& other : others) may_end(other);
  wait_until_at_work("poison");
  crash_while_running({poison});
  for (const auto& other : others) EXPECT_EQ(world_.client().end_of(other), "<" + other + ">");
  while (condition("poison") != "parked") std::this_thread::yield();
}

TEST_F(quarantine_test,
       rule_5_3_it_stays_alone_while_it_runs_though_its_owner_is_not_one_any_more) {
  std::string second = "second";  // of the same partition
  while (runtime::slot_of(second).value % 2 != runtime::slot_of("poison").value % 2) second += "!";
  const auto notes = {start_run("poison"), start_run(second)};
  for (int crash = 0; crash < 2; ++crash) {
    wait_until_at_work("poison");
    wait_until_at_work(second);
    crash_while_running(notes);
  }
  while (at_work().empty()) std::this_thread::yield();
  const auto alone = at_work();
  stubborn_ = true;
  ASSERT_TRUE(world_.client().start("one_step", "later", "later"));
  another_claims(notes.begin()->partition);  // the other one wants to be alone, and
  another_claims(notes.begin()->partition);  // then does not any more
  for (int look = 0; look < 100; ++look) {
    EXPECT_EQ(condition("later"), "runnable");
    EXPECT_EQ(at_work(), alone);
  }
  stubborn_ = false;
  for (const auto& id : {std::string("poison"), second, std::string("later")}) may_end(id);
  EXPECT_EQ(world_.client().end_of("later"), "<later>");
}

TEST_F(quarantine_test, two_runs_in_quarantine_go_one_after_the_other) {
  const auto one = start_run("one"), two = start_run("two");
  for (int crash = 0; crash < 2; ++crash) {
    wait_until_at_work("one");
    wait_until_at_work("two");
    if (crash == 1) forget_most_at_work();  // nothing begins any more before the last crash
    crash_while_running({one, two});
  }
  may_end("one");
  may_end("two");
  EXPECT_EQ(world_.client().end_of("one"), "<one>");
  EXPECT_EQ(world_.client().end_of("two"), "<two>");
  EXPECT_EQ(most_at_work(), 1u);
  EXPECT_EQ(world_.client().run("echo", "other", "goes on"), "goes on");
}

TEST_F(quarantine_test, a_run_terminated_while_it_waits_to_be_alone_holds_nobody_up) {
  const auto poison = start_run("poison");
  const auto second = start_run("second");
  for (int crash = 0; crash < 2; ++crash) {
    wait_until_at_work("poison");
    wait_until_at_work("second");
    crash_while_running({poison, second});
  }
  // One of them is alone now, the other waits for its turn.
  while (at_work().empty()) std::this_thread::yield();
  const auto running = *at_work().begin();
  const std::string waits = running == "poison" ? "second" : "poison";
  ASSERT_TRUE(world_.client().control(waits, control_verb::terminate));
  EXPECT_EQ(world_.client().end_of(waits), "terminated: ");
  may_end(running);
  EXPECT_EQ(world_.client().end_of(running), "<" + running + ">");
  may_end("later");
  EXPECT_EQ(world_.client().run("one_step", "later", "later"), "<later>");
}

TEST_F(quarantine_test, a_run_terminated_while_it_is_alone_holds_nobody_up) {
  const auto poison = start_run("poison");
  for (int crash = 0; crash < 2; ++crash) {
    wait_until_at_work("poison");
    crash_while_running({poison});
  }
  wait_until_at_work("poison");
  start_run("bystander");
  ASSERT_TRUE(world_.client().control("poison", control_verb::terminate));
  EXPECT_EQ(world_.client().end_of("poison"), "terminated: ");
  may_end("bystander");
  EXPECT_EQ(world_.client().end_of("bystander"), "<bystander>");
}

TEST_F(quarantine_test, many_kills_in_a_row_leave_every_run_to_complete_or_named_as_poison) {
  std::vector<runtime::crash_notes::note> notes;
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(fmt::format("run-{}", i));
    notes.push_back(start_run(ids.back()));
  }
  for (int kill = 0; kill < 6; ++kill) {
    while (at_work().empty()) resume_parked(ids);  // a conviction parks when its turn is recorded
    std::vector<runtime::crash_notes::note> running;
    for (const auto& id : at_work())
      running.push_back(notes[static_cast<std::size_t>(id[4] - '0')]);
    crash_while_running(running);
  }
  for (const auto& id : ids) may_end(id);
  const auto is_closed = [this](const std::string& id) {
    const auto result = world_.client().result(id, runtime::duration{0});
    return result && runtime::is_closed(result->status);
  };
  while (!std::ranges::all_of(ids, is_closed)) resume_parked(ids);
  for (const auto& id : ids) EXPECT_EQ(world_.client().end_of(id), "<" + id + ">");
}

/// Appends fail here, and the owner claims again.
class quarantine_claim_test : public quarantine_test {
 protected:
  quarantine_claim_test() : quarantine_test(memory_log::batches::single) {
    world_.namespaces = {{"team", 1, {}, 3'600, 1'000}};
  }
};

TEST_F(quarantine_claim_test, rule_5_3_a_claim_again_does_not_forgive_what_still_runs_alone) {
  const auto poison = start_run("poison");
  wait_until_at_work("poison");
  crash_while_running({poison});
  wait_until_at_work("poison");
  world_.crash();
  world_.log.fails = [failed = false](runtime::record_kind kind) mutable {
    const bool fails = kind == runtime::record_kind::clock && !std::exchange(failed, true);
    return fails ? std::optional(memory_log::fate::lost) : std::nullopt;
  };
  world_.notes.left = {poison};
  world_.start();
  wait_until_at_work("poison");
  ASSERT_EQ(condition("poison"), "quarantined");
  stubborn_ = true;  // it does not hear that it lost its owner
  auto delayed = world_.client().request("echo", "delayed");
  delayed.delay = runtime::seconds(1);  // then a clock is appended, and fails
  ASSERT_TRUE(world_.client().start(delayed));
  world_.wait_until_said("it claims again");
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(world_.client().status());
  EXPECT_THAT(at_work(), ElementsAre("poison"));
  world_.log.hold_back();  // the process ends here: nothing that it does yet has an effect
  world_.node->stop();
  stubborn_ = false;
  world_.crash();
  world_.log.lose_waiting();
  world_.log.let_go();
  world_.notes.left = {poison};
  world_.start();
  while (condition("poison") != "parked" && !at_work().contains("poison"))
    std::this_thread::yield();
  EXPECT_EQ(condition("poison"), "parked");
}

TEST_F(quarantine_claim_test, rule_5_3_nobody_runs_beside_a_started_that_may_stand_in_the_log) {
  world_.crash();
  world_.namespaces.push_back({"other", 1, {}, 3'600, 1'000});
  world_.start();
  const auto poison = start_run("poison");
  wait_until_at_work("poison");
  crash_while_running({poison});
  wait_until_at_work("poison");
  world_.crash();
  const auto away = std::make_shared<std::atomic<bool>>(true);
  world_.log.fails = [away, began = false](runtime::record_kind kind) mutable {
    using fate = memory_log::fate;
    if (kind == runtime::record_kind::started && !std::exchange(began, true))
      return std::optional(fate::landed);
    return kind == runtime::record_kind::claim && began && *away ? std::optional(fate::lost)
                                                                 : std::nullopt;
  };
  world_.notes.left = {poison};
  world_.begin();
  world_.wait_until_said("it claims again");
  auto other = world_.client("other");
  ASSERT_TRUE(other.start("one_step", "bystander", "bystander"));
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(world_.client().status());
  EXPECT_THAT(at_work(), IsEmpty());
  *away = false;
  may_end("bystander");  // whichever of them comes first now, the other waits for it
  may_end("poison");
  EXPECT_EQ(world_.client().end_of("poison"), "<poison>");
  EXPECT_EQ(other.end_of("bystander"), "<bystander>");
}

}  // namespace
}  // namespace perdure::actors
