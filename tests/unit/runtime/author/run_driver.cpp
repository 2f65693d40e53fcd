#include "tests/unit/runtime/author/run_driver.hpp"

#include <algorithm>

namespace perdure::testing {

using runtime::item_kind;

run_driver::run_driver(std::unique_ptr<registry> offered, std::string agent, std::string operation)
    : registry_(std::move(offered)) {
  run_ = {"run-1", "space", "workflow-1", std::move(agent), std::move(operation), "", now_, 0x5EED};
  resident_ = open();
}

run_driver::~run_driver() { check_replay(); }

std::unique_ptr<runtime::execution> run_driver::open() const {
  coroutine_host host(*registry_, {.double_check = false});
  auto opened = host.open(run_);
  if (!opened) {
    throw std::runtime_error(opened.error().message);
  }
  return std::move(*opened);
}

runtime::data_item run_driver::item(item_kind kind, payload body) {
  runtime::data_item made;
  made.kind = kind;
  made.at = runtime::offset(next_offset_++);
  made.body = std::move(body);
  return made;
}

runtime::data_item run_driver::settled(std::uint32_t thing, outcome kind, payload body) {
  const auto call =
      opened_.contains(thing) && std::holds_alternative<runtime::call_agent>(opened_.at(thing));
  auto made = item(call ? item_kind::call_result : item_kind::step_result, std::move(body));
  made.thing = thing_number(thing);
  made.result = kind;
  return made;
}

runtime::data_item run_driver::failed(std::uint32_t thing, outcome kind, std::string type,
                                      std::string message) {
  return settled(thing, kind,
                 runtime::encode_failure({kind, std::move(type), std::move(message), {}, {}}));
}

runtime::data_item run_driver::fired(std::uint32_t thing) {
  auto made = item(item_kind::timer_fired);
  made.thing = thing_number(thing);
  return made;
}

const turn_result& run_driver::deliver(std::vector<runtime::data_item> data) {
  now_ = now_ + to_duration(time_span(1'000));
  turn next;
  next.work.seq = runtime::turn_seq(turns_.size() + 1);
  next.work.now = now_;
  next.work.before = turns_.empty() ? runtime::digest() : turns_.back().result.after;
  next.work.data = std::move(data);
  next.result = resident_->activate(next.work);
  check(next);
  turns_.push_back(std::move(next));
  return turns_.back().result;
}

void run_driver::check(const turn& done) {
  const auto& result = done.result;
  EXPECT_EQ(result.build, "test build");
  if (result.status == run_status::parked) {
    EXPECT_TRUE(result.commands.empty());
    EXPECT_FALSE(result.detail.empty());
    return;
  }
  auto next = opened_.empty() ? 1U : opened_.rbegin()->first + 1;
  for (const auto& command : result.commands) {
    const auto number = std::visit(
        [](const auto& given) -> std::uint32_t {
          if constexpr (requires { given.number; }) {
            return given.number.value;
          }
          return 0;
        },
        command);
    if (std::holds_alternative<runtime::cancel_thing>(command)) {
      EXPECT_TRUE(opened_.contains(number)) << "cancels " << number << ", which was never opened";
    } else if (number != 0) {
      EXPECT_EQ(number, next++) << "things are numbered densely";
      opened_.emplace(number, command);
    }
  }
  std::set<std::uint32_t> waited;
  for (const auto& group : result.waits) {
    EXPECT_GE(group.need, 1U);
    EXPECT_LE(group.need, group.things.size());
    for (const auto thing : group.things) {
      EXPECT_TRUE(opened_.contains(thing.value)) << "waits for " << thing.value;
    }
  }
}

std::string run_driver::commands(const turn& of) {
  std::string text;
  for (const auto& command : of.result.commands) {
    const auto summary = runtime::summarise(command, of.work.now);
    text += fmt::format("{}{}", text.empty() ? "" : "; ", summary.kind);
    text += summary.name.empty() ? "" : " " + summary.name;
    text += summary.target.empty() ? "" : " " + summary.target;
  }
  return text;
}

std::string run_driver::describe_waits(const turn_result& result) {
  std::string text;
  for (const auto& group : result.waits) {
    text += fmt::format("{}{} of", text.empty() ? "" : "; ", group.need);
    for (const auto thing : group.things) {
      text += fmt::format(" {}", thing);
    }
  }
  if (result.waits_for_signal) {
    text += text.empty() ? "signal" : "; signal";
  }
  return text;
}

std::string run_driver::problem() const {
  if (last().status == run_status::parked) {
    return last().detail;
  }
  const auto why = runtime::decode_failure(last().result.view());
  return why ? runtime::to_text(*why) : std::string();
}

failure_info run_driver::why() const {
  EXPECT_TRUE(last().status == run_status::failed || last().status == run_status::cancelled ||
              last().status == run_status::timed_out)
      << status() << " " << detail();
  return runtime::decode_failure(last().result.view()).value();
}

const std::vector<runtime::command_summary> run_driver::summaries(std::size_t index) const {
  std::vector<runtime::command_summary> all;
  for (const auto& command : turns_[index].result.commands) {
    all.push_back(runtime::summarise(command, turns_[index].work.now));
  }
  return all;
}

std::vector<runtime::past_turn> run_driver::journal(std::size_t turns) const {
  std::vector<runtime::past_turn> past;
  for (std::size_t i = 0; i < turns && turns_[i].result.status == run_status::open; ++i) {
    const auto& [work, result] = turns_[i];
    past.push_back(
        {work.seq, work.now, work.data, summaries(i), work.before, result.after, result.build});
  }
  return past;
}

void run_driver::bring_back() {
  resident_.reset();
  resident_ = open();
  runtime::activation work;
  work.seq = runtime::turn_seq(turns_.size());
  work.now = now_;
  work.before = turns_.empty() ? runtime::digest() : last().after;
  work.journal = journal();
  const auto result = resident_->activate(work);
  EXPECT_EQ(result.status, run_status::open) << result.detail;
}

turn_result run_driver::replay_with(const registry& other) const {
  coroutine_host host(other, {.double_check = false});
  const auto opened = host.open(run_).value();
  runtime::activation work;
  work.seq = runtime::turn_seq(turns_.size());
  work.now = now_;
  work.before = last().after;
  work.journal = journal();
  return opened->activate(work);
}

void run_driver::check_replay() const {
  for (std::size_t turns = 0; turns <= turns_.size(); ++turns) {
    check_prefix(turns);
  }
}

/// Brings the run back after so many turns, sees that it waits for the same, then lets it take the
/// next turn. Ends it there: frames are destroyed wherever they can stand.
void run_driver::check_prefix(std::size_t turns) const {
  SCOPED_TRACE(fmt::format("replay of the first {} turns", turns));
  const auto again = open();
  runtime::activation work;
  work.journal = journal(turns);
  if (turns > 0) {
    const auto& before = turns_[turns - 1];
    if (before.result.status != run_status::open) {
      return;
    }
    work.seq = before.work.seq;
    work.now = before.work.now;
    work.before = before.result.after;
    const auto waits = again->activate(work);
    EXPECT_EQ(waits.status, run_status::open) << waits.detail;
    EXPECT_EQ(describe_waits(waits), describe_waits(before.result));
    EXPECT_EQ(waits.after, before.result.after);
    EXPECT_TRUE(waits.commands.empty());
    EXPECT_TRUE(waits.log.empty());
  }
  if (turns < turns_.size()) {
    const auto& next = turns_[turns];
    auto live = next.work;
    const auto result = again->activate(live);
    EXPECT_EQ(result.status, next.result.status) << result.detail << next.result.detail;
    EXPECT_EQ(commands({live, result}), commands(next));
    EXPECT_EQ(describe_waits(result), describe_waits(next.result));
    EXPECT_EQ(result.after, next.result.after);
    EXPECT_EQ(result.result.view(), next.result.result.view());
    EXPECT_EQ(result.detail, next.result.detail);
    EXPECT_EQ(result.log.size(), next.result.log.size());
  }
}

}  // namespace perdure::testing
