#include "runtime/owner.hpp"

#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {

owner::owner(state& folded, const routes& where, owner_options options)
    : state_(folded), routes_(where), options_(std::move(options)) {}

void owner::claim(session_id session, const std::optional<std::vector<run_key>>& suspects,
                  timestamp now, offset view) {
  if (role_ == role::owner) lose(now);  // DESIGN 5.4: what it appended has an unknown outcome
  session_ = session;
  role_ = role::claiming;
  wire::Claim claim;
  claim.set_session(session.value);
  claim.set_node(options_.node);
  claim.set_replaces(state_.current().value);
  claim.set_suspects_known(suspects.has_value());
  for (const auto key : suspects.value_or(std::vector<run_key>{}))
    set_key(*claim.add_suspects(), key);
  claim.set_view(view.value);
  claim.set_oldest_core(1);
  claim.set_newest_core(1);
  if (MUTANT("act-before-the-claim-is-read")) {
    begin(now);
    role_ = role::claiming;
  }
  append(record_kind::claim, claim, std::max(now, state_.time()), {}, state_.self());
}

void owner::on_record(const decoded_record& record, const actions& what, timestamp now) {
  for (const auto& action : what) perform(record, action, now);
  if (record.kind() == record_kind::clock) {
    clock_asked_ = false;
    record_clock(now);
  }
  after_record(now);
}

void owner::on_time(timestamp now) {
  if (role_ != role::owner) return;
  if (confirm_at_.us != 0 && now >= confirm_at_ && !handing_over_) {
    REACHED("confirmed-by-time");
    confirm_all(later(now));
  }
  record_clock(now);
  for (auto place = lru_.begin(); place != lru_.end();) {  // DESIGN 7.2: by time
    const auto key = *place++;
    auto& on = work_.at(key);
    if (on.now != phase::idle) continue;  // first: `next_wake` asks for the first that is idle
    if (now - on.touched < options_.idle && !BUGGIFY("evict-early")) break;
    REACHED("eviction-by-time");
    drop_frame(key, on);
    forget_idle(key, on);
  }
}

timestamp owner::next_wake() const {
  timestamp next;
  const auto sooner = [&](timestamp at) { next = next.us == 0 ? at : std::min(next, at); };
  if (role_ != role::owner) return next;
  if (!state_.due().empty() && !clock_asked_ && !handing_over_)  // 0 would mean: nothing is due
    sooner(std::max(state_.due().begin()->due, timestamp{1}));
  if (confirm_at_.us != 0 && !handing_over_) sooner(confirm_at_);
  const auto oldest =
      std::ranges::find_if(lru_, [this](run_key key) { return work_.at(key).now == phase::idle; });
  if (oldest != lru_.end()) sooner(work_.at(*oldest).touched + options_.idle);
  return next;
}

void owner::hold(bool silent, timestamp now) {
  held_ = silent;
  if (silent) return;
  const std::vector<run_key> runs(held_back_.begin(), held_back_.end());
  if (MUTANT("held-back-for-ever")) return held_back_.clear();
  held_back_.clear();
  consider_all(runs, now);
}

/// DESIGN 5.3: from the append of `started` on, this code is the only one that runs on the node.
void owner::grant_alone(timestamp now) {
  alone_granted_ = true;
  const auto* run = state_.find(alone_);
  const auto* step = run != nullptr && alone_step_ ? run->find(alone_step_) : nullptr;
  const bool gone = role_ != role::owner || draining_ || handing_over_ || run == nullptr ||
                    run->status != run_status::open || run->convicted || !in_quarantine(*run) ||
                    (alone_step_ && (step == nullptr || step->settled || step->backing_off));
  if (gone) {
    REACHED("quarantine-not-needed-any-more");
    return end_alone(now);
  }
  REACHED("quarantine-granted");
  wire::Started started;
  started.set_epoch(state_.current().value);
  set_key(*started.mutable_run(), alone_);
  started.set_step(alone_step_.value);
  if (step != nullptr)
    started.set_attempt(step->attempt.value);
  else
    started.set_seq(run->seq.value + 1);
  append(record_kind::started, started, std::max(now, state_.time()), run->slot, state_.self());
}

void owner::ask_alone(run_key run, thing_number step) {
  const std::pair wanted{run, step};
  if ((alone_ == run && alone_step_ == step) ||
      std::ranges::find(wait_alone_, wanted) != wait_alone_.end())
    return;
  wait_alone_.push_back(wanted);
  next_alone();
}

void owner::next_alone() {
  if (alone_ != system_run || wait_alone_.empty()) return;
  std::tie(alone_, alone_step_) = wait_alone_.front();
  wait_alone_.erase(wait_alone_.begin());
  alone_granted_ = false;
  out_.wants_alone = true;
}

void owner::end_alone(timestamp now) {
  const auto key = alone_;
  alone_ = {};
  alone_step_ = {};
  alone_granted_ = false;
  out_.alone_over = !MUTANT("quarantine-never-ends");
  next_alone();
  consider(key, now);
  if (const auto* run = state_.find(key)) consider_steps(*run, nullptr, now);
}

void owner::drain(bool on) {
  INVARIANT(on || role_ != role::owner, "an owner that drains goes on");
  draining_ = on;
}

void owner::hand_over(timestamp now) {
  INVARIANT(settled_down(), "{} active, {} flying, {} asked", active_, flying_, asked_.size());
  if (role_ != role::owner || handing_over_) return;
  REACHED("hand-over");
  confirm_all(later(now));
  handing_over_ = true;
  for (auto& [key, on] : work_) refuse_queries(on, errc::unavailable, being_handed_over);
  wire::HandedOver last;
  last.set_epoch(state_.current().value);
  append(record_kind::handed_over, last, std::max(now, state_.time()), {}, state_.self());
}

std::string_view owner::condition(const run_state& run) const {
  if (run.status == run_status::parked) return "parked";
  if (run.status == run_status::paused) return "paused";
  const auto found = work_.find(run.key);
  if (rules() && !hosts(run)) return "no_handler";
  if (found != work_.end()) {
    if (found->second.no_handler) return "no_handler";
    if (found->second.now != phase::idle) return "running";
  }
  if (in_quarantine(run)) return "quarantined";
  if (!run.has_start) return "delayed";
  if (run.woken || !run.controls.empty()) return "runnable";
  if (postponed_.count(run.key) != 0) return "queued";
  return "waiting";
}

owner_output owner::take_output() { return std::exchange(out_, {}); }

}  // namespace perdure::runtime
