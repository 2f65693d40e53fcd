#include "examples/licence_audit/tests/small_swarm.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace licence_audit {

using perdure::payload;
using perdure::runtime::data_item;
using perdure::runtime::item_kind;
using perdure::runtime::outcome;
using perdure::runtime::run_status;

small_swarm::small_swarm(const perdure::registry& offered, std::uint64_t seed)
    : registry_(offered), host_(offered), random_(seed) {}

small_swarm::ending small_swarm::run(const std::string& name_space, const std::string& agent,
                                     const std::string& operation, payload input,
                                     const person& answers) {
  const auto first = start(name_space, agent, operation, "first", std::move(input));
  while (true) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i].inbox.empty() && runs_[i].end.status == run_status::open) ready.push_back(i);
    }
    if (!steps_.empty() && (ready.empty() || chance(2))) {
      std::swap(steps_[random_() % steps_.size()], steps_.back());
      const auto next = steps_.back();
      steps_.pop_back();
      run_step(next);
    } else if (!ready.empty()) {
      activate(ready[random_() % ready.size()]);
    } else if (!ask(answers)) {
      return runs_[first].end;
    }
  }
}

std::size_t small_swarm::start(std::string name_space, std::string agent, std::string operation,
                               std::string workflow_id, payload input) {
  one_run next;
  const auto index = runs_.size();
  next.who = {"run-" + std::to_string(index + 1),
              std::move(name_space),
              std::move(workflow_id),
              std::move(agent),
              std::move(operation),
              "",
              now_,
              index + 1};
  data_item begin;
  begin.kind = item_kind::start;
  begin.body = std::move(input);
  next.inbox.push_back(std::move(begin));
  runs_.push_back(std::move(next));
  return index;
}

void small_swarm::activate(std::size_t index) {
  auto& run = runs_[index];
  now_.us += 1'000;
  perdure::runtime::activation work;
  work.seq = perdure::runtime::turn_seq(run.journal.size() + 1);
  work.now = now_;
  work.before = run.digest;
  if (run.code == nullptr || chance(3)) {
    auto opened = host_.open(run.who);
    if (!opened) throw std::runtime_error(opened.error().message);
    run.code = std::move(*opened);
    work.journal = run.journal;
  }
  const auto take = static_cast<std::ptrdiff_t>(1 + random_() % run.inbox.size());
  work.data.assign(run.inbox.begin(), run.inbox.begin() + take);
  run.inbox.erase(run.inbox.begin(), run.inbox.begin() + take);
  const auto result = run.code->activate(work);
  run.end = {result.status, result.result, result.detail};
  run.digest = result.after;
  run.waits_for_signal = result.waits_for_signal;
  std::vector<perdure::runtime::command_summary> commands;
  for (const auto& command : result.commands) {
    commands.push_back(perdure::runtime::summarise(command, now_));
  }
  run.journal.push_back(
      {work.seq, work.now, work.data, commands, work.before, result.after, result.build});
  for (const auto& command : result.commands) obey(index, command);
  if (result.status == run_status::open) return;
  const bool good = result.status == run_status::completed;
  for (const auto& [caller, thing] : std::exchange(runs_[index].callers, {})) {
    give(caller, item_kind::call_result, thing, good ? outcome::ok : outcome::failed,
         result.result);
  }
}

void small_swarm::obey(std::size_t index, const perdure::runtime::command& what) {
  if (const auto* step = std::get_if<perdure::runtime::run_step>(&what)) {
    steps_.push_back({index, *step});
  } else if (const auto* called = std::get_if<perdure::runtime::call_agent>(&what)) {
    call(index, *called);
  }
}

void small_swarm::call(std::size_t index, const perdure::runtime::call_agent& what) {
  const auto name_space =
      what.target_namespace.empty() ? runs_[index].who.name_space : what.target_namespace;
  if (name_space == forbidden_) {
    return give(index, item_kind::call_result, what.number, outcome::denied,
                perdure::runtime::encode_failure(
                    perdure::runtime::plain_failure(outcome::denied, "not allowed")));
  }
  auto found = std::ranges::find_if(runs_, [&](const one_run& run) {
    return run.who.name_space == name_space && run.who.workflow_id == what.workflow_id;
  });
  if (found == runs_.end()) {
    const auto callee = start(name_space, what.agent, what.operation, what.workflow_id, what.input);
    runs_[callee].callers.push_back({index, what.number});
  } else if (what.policy != perdure::id_policy::attach) {
    throw std::runtime_error("two runs of " + what.workflow_id);
  } else if (found->end.status == run_status::open) {
    found->callers.push_back({index, what.number});
  } else {
    give(index, item_kind::call_result, what.number, outcome::ok, found->end.result);
  }
}

void small_swarm::run_step(const step_to_run& next) {
  perdure::runtime::step_attempt attempt;
  attempt.name = next.what.name;
  attempt.arguments = next.what.arguments;
  attempt.attempt = perdure::runtime::attempt_number(1);
  ++attempts_[next.what.name];
  auto report = registry_.steps().run(attempt, {});
  if (next.what.name == broken_.first && next.what.arguments.view().contains(broken_.second)) {
    report.result = outcome::failed;
    report.body = perdure::runtime::encode_failure(
        perdure::runtime::plain_failure(outcome::failed, "broken by the test"));
  } else if (chance(4)) {
    return steps_.push_back(next);  // done, but nobody heard of it: the next attempt does it again
  }
  give(next.run, item_kind::step_result, next.what.number, report.result, report.body);
}

void small_swarm::give(std::size_t index, item_kind kind, perdure::runtime::thing_number thing,
                       outcome result, payload body) {
  data_item item;
  item.kind = kind;
  item.thing = thing;
  item.result = result;
  item.body = std::move(body);
  runs_[index].inbox.push_back(std::move(item));
}

bool small_swarm::ask(const person& answers) {
  if (!answers) return false;
  bool any = false;
  for (auto& run : runs_) {
    if (run.end.status != run_status::open || !run.waits_for_signal) continue;
    if (auto signal = answers(run.who)) {
      run.inbox.push_back(std::move(*signal));
      any = true;
    }
  }
  return any;
}

std::size_t small_swarm::attempts(const std::string& step) const {
  const auto found = attempts_.find(step);
  return found == attempts_.end() ? 0 : found->second;
}

std::size_t small_swarm::runs(const std::string& agent) const {
  return static_cast<std::size_t>(std::ranges::count(
      runs_, agent, [](const one_run& run) -> const std::string& { return run.who.agent; }));
}

perdure::runtime::expected<payload> small_swarm::query(const std::string& workflow_id,
                                                       std::string_view name) {
  for (auto& run : runs_) {
    if (run.who.workflow_id == workflow_id && run.code) return run.code->query(name, {});
  }
  return perdure::runtime::fail(perdure::runtime::errc::not_found, workflow_id);
}

}  // namespace licence_audit
