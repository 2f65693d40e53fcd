#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "runtime/failure.hpp"
#include "runtime/hex.hpp"
#include "runtime/owner.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {
namespace {

/// The idempotency key of a step: the same for every attempt, on every node, in every version.
std::string key_of_step(std::uint64_t seed_of_run, thing_number step) {
  std::array<char, 16> text{'s', 't', 'e', 'p', ' '};
  const auto end = std::to_chars(text.data() + 5, text.data() + text.size(), step.value).ptr;
  const std::string_view named(text.data(), static_cast<std::size_t>(end - text.data()));
  return hex_of(seed_of_run, hash_bytes(named, seed_of_run).value);
}

}  // namespace

void owner::consider_steps(const run_state& run, const decoded_record* record, timestamp now) {
  for (const auto& open : run.things) {
    if (open.kind == thing_kind::step && !open.settled) consider_step(run, open, record, now);
  }
}

/// DESIGN 5.2, 5.3, 6.8: whether the open attempt of this step may start, and what must be recorded
/// before.
void owner::consider_step(const run_state& run, const thing& step, const decoded_record* record,
                          timestamp now) {
  if (!may_start(run, step)) return;
  // Considered again behind the record that opened it.
  const bool rarely_full = record != nullptr && BUGGIFY("window-said-full");
  if (!step.started && (gathering_ || !postponed_.empty() || !has_room() || rarely_full)) {
    REACHED("window-full");
    if (MUTANT("step-beyond-the-window-forgotten") && !has_room()) return;
    return postponed_.add(run.key, step.number);
  }
  begin_attempt(run, step, record, now);
}

/// Whoever may not, and may later, is considered again by what lets him.
bool owner::may_start(const run_state& run, const thing& step) {
  const step_key key{run.key, step.number};
  if (role_ != role::owner || handing_over_ || step.settled || step.backing_off ||
      running_.contains(key) || asked_.contains(key) || !hosts(run))
    return false;
  if (is_alone(run.key, step.number)) return step.started;
  // What is recorded as started has begun for everybody: it goes on.
  if ((run.status != run_status::open || draining_) && !step.started) return false;
  if (run.convicted) return false;
  if (in_quarantine(run)) {
    if (!draining_) ask_alone(run.key, step.number);
    return false;
  }
  if (held_) held_back_.insert(run.key);
  return !held_;
}

void owner::begin_attempt(const run_state& run, const thing& step, const decoded_record* record,
                          timestamp now) {
  if (step.mode == step_mode::at_most_once && !step.started && !MUTANT("at-most-once-unrecorded")) {
    asked_.emplace(step_key{run.key, step.number}, step.attempt);
    wire::Started started;
    started.set_epoch(state_.current().value);
    set_key(*started.mutable_run(), run.key);
    started.set_step(step.number.value);
    started.set_attempt(step.attempt.value);
    append(record_kind::started, started, later(now), run.slot, state_.self());
    return;
  }
  start_attempt(run, step, record);
}

bool owner::hosts(const run_state& run) const {
  return !options_.hosted || options_.hosted->contains(state_.text(run.agent));
}

void owner::start_attempt(const run_state& run, const thing& step, const decoded_record* record) {
  running_[{run.key, step.number}] = {step.attempt, false};
  ++attempts_;
  auto& order = out_.attempts.emplace_back();
  auto& attempt = order.attempt;
  attempt.partition = state_.self();
  attempt.run = run.key;
  attempt.step = step.number;
  attempt.attempt = step.attempt;
  attempt.name = state_.text(step.name);
  attempt.key = key_of_step(run.seed + (MUTANT("key-differs-by-attempt") ? step.attempt.value : 0),
                            step.number);
  attempt.timeout = step.attempt_timeout;
  if (record != nullptr && record->at == step.body.at && !BUGGIFY("read-arguments-again")) {
    attempt.arguments = body_of(*record, step.body.part);
  } else {
    order.missing = true;
    order.arguments = step.body;
  }
}

/// There may be room for attempts that wait.
void owner::start_postponed(timestamp now) {
  if (held_ || draining_) return;
  while (!postponed_.empty() && has_room()) {
    const auto [key, number] = *postponed_.take();
    const auto* run = state_.find(key);
    const auto* step = run == nullptr ? nullptr : run->find(number);
    if (step != nullptr && may_start(*run, *step)) begin_attempt(*run, *step, nullptr, now);
  }
}

/// Of all these runs, as if all had asked at once: what has begun goes on, the others take turns.
void owner::consider_all(std::span<const run_key> runs, timestamp now) {
  gathering_ = true;
  for (const auto key : runs) {
    consider(key, now);
    if (const auto* run = state_.find(key)) consider_steps(*run, nullptr, now);
  }
  gathering_ = false;
  start_postponed(now);
}

/// DESIGN 7.6: the log would refuse what no record can hold, from each attempt again.
step_report owner::as_a_record_holds(const step_report& report) const {
  const auto most = options_.record_bytes - std::min(beside_a_body, options_.record_bytes / 8);
  if (report.body.size() <= most) return report;
  auto failed = report;
  failed.result = outcome::too_large;
  failed.retryable = false;
  failed.body = encode_failure(
      plain_failure(outcome::too_large, fmt::format("the step gave {} bytes, and a record of this "
                                                    "log holds {}",
                                                    report.body.size(), most)));
  return failed;
}

void owner::on_step_report(const step_report& given, timestamp now) {
  const auto report = as_a_record_holds(given);
  if (role_ != role::owner) return take_late_report(report, now);
  take_report(report, now);
  start_postponed(now);
}

/// DESIGN 2.7: a final result counts from any attempt, and it is paid for. Who owns the partition
/// now has begun the step again, and takes what comes first.
void owner::take_late_report(const step_report& report, timestamp now) {
  if (options_.atomic_batches || MUTANT("late-result-dropped")) return;  // nobody else owns it
  const auto* run = state_.find(report.run);
  const auto* step = run == nullptr ? nullptr : run->find(report.step);
  if (step == nullptr || step->settled || report.result == outcome::cancelled) return;
  if (report.result != outcome::ok && report.retryable) return;
  REACHED("result-of-who-lost");
  record_step_result(report, now);
}

std::vector<running_attempt> owner::running() const {
  std::vector<running_attempt> all;
  all.reserve(running_.size());
  for (const auto& [key, on] : running_) {
    if (!on.done) all.push_back({key.run, key.step, on.attempt});
  }
  return all;
}

bool owner::is_running(const running_attempt& which) const {
  const auto found = running_.find({which.run, which.step});
  return found != running_.end() && !found->second.done && found->second.attempt == which.attempt;
}

void owner::take_report(const step_report& report, timestamp now) {
  const auto found = running_.find({report.run, report.step});
  const bool current = found != running_.end() && found->second.attempt == report.attempt;
  if (current) {
    if (std::exchange(found->second.done, true)) return;
    if (!MUTANT("window-leaks")) --attempts_;
  }
  const auto* run = state_.find(report.run);
  const auto* step = run == nullptr ? nullptr : run->find(report.step);
  if (step == nullptr || step->settled) return;  // cancelled, or somebody else's result won
  const bool final =
      report.result == outcome::ok || !report.retryable || step->mode == step_mode::at_most_once;
  if (!current) REACHED("report-of-a-stopped-attempt");
  if (!current) {  // it was told to stop: that it did says nothing, what it managed to do counts
    if (final && report.result != outcome::cancelled) record_step_result(report, now);
    return;
  }
  if (!final || draining_ || held_ || in_quarantine(*run) || is_alone(report.run, report.step) ||
      BUGGIFY("result-in-a-record-of-its-own"))
    return record_step_result(report, now);
  if (MUTANT("held-result-dropped") && work_[report.run].now == phase::flying) return;
  work_[report.run].held.push_back(report);
  consider(report.run, now);
}

void owner::record_step_result(const step_report& report, timestamp now) {
  const auto* run = state_.find(report.run);
  const auto time = later(now);
  const bool decides = role_ == role::owner || MUTANT("clock-by-who-lost");
  if (decides && report.result != outcome::ok && report.retryable && !handing_over_ &&
      time > state_.time()) {  // the wait counts from log time: bring it up to now
    wire::Clock clock;
    clock.set_epoch(state_.current().value);
    clock.set_time_us(time.us);
    append(record_kind::clock, clock, time, {}, state_.self());
  }
  wire::StepResult result;
  set_key(*result.mutable_run(), report.run);
  result.set_step(report.step.value);
  result.set_attempt(report.attempt.value);
  result.set_outcome(static_cast<std::uint32_t>(report.result));
  result.set_retryable(report.retryable);
  result.set_took_us(static_cast<std::uint64_t>(report.took.us));
  result.set_body_payload(report.body.empty() ? 0 : 1);
  const std::string_view body[] = {report.body.view()};
  append(record_kind::step_result, result, time, run == nullptr ? slot_number{} : run->slot,
         state_.self(), report.body.empty() ? std::span<const std::string_view>{} : body);
}

}  // namespace perdure::runtime
