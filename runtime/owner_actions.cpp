#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/owner.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {

/// The claim was read back: re-send the outbox, re-start open steps from their recorded arguments,
/// run what is runnable (DESIGN 5.1).
void owner::begin(timestamp now) {
  role_ = role::owner;
  staged_.clear();
  staged_order_.clear();
  channels_.clear();
  unconfirmed_.clear();
  confirm_at_ = {};
  for (const auto& [target, waiting] : state_.outbox()) {
    auto& cursor = channels_[target];
    cursor.sent = cursor.acknowledged = cursor.reported =
        message_number(waiting.front().number.value - 1);
    if (!MUTANT("outbox-not-sent-again")) send_outbox(target, nullptr, now);
  }
  std::vector<run_key> order;
  order.reserve(state_.runs().size());
  for (const auto& [key, run] : state_.runs()) order.push_back(key);
  std::ranges::sort(order);
  if (!MUTANT("open-steps-not-started-again")) consider_all(order, now);
  record_system_turn(now);
  record_clock(now);
}

/// Another owner's turn, or this one's again after a claim: nothing that was ordered goes on.
/// Results at hand are paid for, whoever goes on (DESIGN 2.7).
void owner::lose(timestamp now) {
  role_ = role::reader;  // the epoch that stands may be another's: no decision in it
  for (auto& [key, on] : work_) {
    if (!on.held.empty()) REACHED("paid-work-at-hand-when-lost");
    record_held(on, now);
    refuse_queries(on, errc::unavailable, "another owner takes the partition: ask again");
    if (on.resident) out_.dropped_frames.push_back(key);
  }
  for (const auto& query : std::exchange(out_.queries, {}))  // of frames that go
    out_.refusals.push_back({query.token, {errc::unavailable, "the run is moving: ask again"}});
  out_.activations.clear();
  for (const auto& [key, running] : running_) {
    if (!running.done) stop_attempt(key.run, key.step, running.attempt);
  }
  work_.clear();
  running_.clear();
  asked_.clear();
  postponed_.clear();
  lru_.clear();
  active_ = flying_ = attempts_ = 0;
  system_flying_ = clock_asked_ = handing_over_ = false;
  if (alone_ != system_run) out_.alone_over = true;
  alone_ = {};
  alone_step_ = {};
  alone_granted_ = false;
  wait_alone_.clear();
  owed_bodies_.clear();
}

/// An attempt that nobody has heard of yet is not ordered at all.
void owner::stop_attempt(run_key run, thing_number step, attempt_number attempt) {
  const auto unheard = std::erase_if(out_.attempts, [&](const attempt_order& order) {
    return order.attempt.run == run && order.attempt.step == step &&
           order.attempt.attempt == attempt;
  });
  if (unheard != 0) REACHED("attempt-stopped-unheard");
  if (unheard == 0) out_.stops.push_back({state_.self(), run, step, attempt, {}, {}, {}, {}});
}

void owner::on_claimed(const claimed& claim, timestamp now) {
  if (role_ == role::owner && MUTANT("acts-on-under-another")) return;
  if (role_ == role::owner) lose(now);
  begins_ = role_ == role::claiming &&
            (claim.session == session_ || MUTANT("claim-of-another-taken-for-own"));
  if (!begins_) REACHED("another-owner");
  if (!begins_) role_ = role::reader;
}

void owner::perform(const decoded_record& record, const action& what, timestamp now) {
  if (const auto* claim = std::get_if<claimed>(&what)) return on_claimed(*claim, now);
  if (const auto* came = std::get_if<arrived>(&what)) {
    consider(came->run, now);
    return keep_bodies_small(came->run, record.at);
  }
  if (role_ != role::owner) return;
  if (std::get_if<left>(&what)) return lose(now);
  if (const auto* turn = std::get_if<turn_recorded>(&what)) return release(*turn, now);
  if (const auto* turn = std::get_if<turn_void>(&what)) return on_void(record, *turn, now);
  if (const auto* came = std::get_if<control_arrived>(&what)) return consider(came->run, now);
  if (const auto* open = std::get_if<attempt_opened>(&what)) {
    if (const auto* run = state_.find(open->run)) {
      if (const auto* step = run->find(open->step)) consider_step(*run, *step, &record, now);
    }
    return;
  }
  if (const auto* end = std::get_if<attempt_ended>(&what)) {
    if (const auto found = running_.find({end->run, end->step});
        found != running_.end() && !found->second.done) {
      stop_attempt(end->run, end->step, end->attempt);
    }
    return on_settled(end->run, end->step, now);
  }
  if (const auto* end = std::get_if<settled>(&what)) return on_settled(end->run, end->thing, now);
  if (const auto* retry = std::get_if<retry_scheduled>(&what))
    return on_settled(retry->run, retry->step, now);
  if (const auto* begins = std::get_if<began>(&what)) return on_began(*begins, now);
  if (const auto* message = std::get_if<message_numbered>(&what))
    return on_numbered(record, *message, now);
  if (std::get_if<owed>(&what)) return record_system_turn(now);
  if (const auto* closed = std::get_if<run_closed>(&what)) return on_closed(closed->run, now);
}

/// DESIGN 2.4: a turn that proves void takes its frame with it. Only this owner's own turn ends the
/// flight: void ones of others, and copies, may land at any time.
void owner::on_void(const decoded_record& record, const turn_void& turn, timestamp now) {
  if (options_.atomic_batches) {
    INVARIANT(epoch(record.as<wire::Turn>().epoch()) != state_.current(),
              "turn {} of run {} of the epoch that rules is void: {}", turn.seq, turn.run,
              turn.why);
    return;
  }
  const auto bytes = hash_bytes(record.view.header());
  if (turn.run == system_run) {
    REACHED("own-system-turn-void");
    if (!system_flying_ || bytes != system_turn_) return;
    system_flying_ = false;
    return record_system_turn(now);
  }
  const auto found = work_.find(turn.run);
  if (found != work_.end() && found->second.now == phase::flying && bytes == found->second.turn) {
    --flying_;
    REACHED("own-turn-void");
    found->second.now = phase::idle;
    if (!MUTANT("void-turn-keeps-its-frame")) drop_frame(turn.run, found->second);
  }
  consider(turn.run, now);
}

void owner::on_numbered(const decoded_record& record, const message_numbered& message,
                        timestamp now) {
  if (options_.atomic_batches) {
    INVARIANT(!staged_order_.empty() &&
                  staged_order_.front() == std::pair(message.target, message.number),
              "the fold gives number {} to a message to partition {}, its owner another",
              message.number, message.target);
    staged_order_.pop_front();
  } else if (message.target != state_.self()) {
    send_outbox(message.target, &record, now);
  }
}

/// The attempt's end is in the log, whoever made it: nothing of it runs or waits any more.
void owner::on_settled(run_key run, thing_number step, timestamp now) {
  asked_.erase({run, step});
  postponed_.erase(run, step);
  if (const auto found = running_.find({run, step}); found != running_.end()) {
    if (!found->second.done) --attempts_;
    running_.erase(found);
  }
  if (alone_ == run && step && alone_step_ == step) end_alone(now);
}

void owner::on_closed(run_key run, timestamp now) {
  if (const auto found = work_.find(run); found != work_.end()) {
    refuse_queries(found->second, errc::failed_state,
                   "the run has closed: its result and its history remain");
    drop_frame(run, found->second);
    work_.erase(found);
  }
  if (alone_ == run) end_alone(now);
}

void owner::on_began(const began& what, timestamp now) {
  auto* run = state_.find(what.run);
  if (run == nullptr) return;
  if (what.step) {
    asked_.erase({what.run, what.step});
    if (const auto* step = run->find(what.step)) consider_step(*run, *step, nullptr, now);
    return;
  }
  consider(what.run, now);
}

void owner::release(const turn_recorded& turn, timestamp now) {
  if (turn.run == system_run) {
    system_flying_ = false;
    return record_system_turn(now);
  }
  const auto found = work_.find(turn.run);
  if (found == work_.end()) return;
  auto& on = found->second;
  if (on.now == phase::flying && on.seq == turn.seq) {
    on.now = phase::idle;
    --flying_;
    for (auto& line : on.log) out_.log.push_back({turn.run, std::move(line)});
    on.log.clear();
  }
  if (std::exchange(on.recheck_steps, false) && !MUTANT("steps-not-resumed"))
    recheck_.push_back(turn.run);
  const auto* run = state_.find(turn.run);
  if (run != nullptr) {  // else closed by this turn: run_closed follows
    if (run->status != run_status::open) postponed_.erase(turn.run);
    if (run->status == run_status::parked) {
      drop_frame(turn.run, on);
      refuse_queries(on, errc::failed_state,
                     "the run is parked: resume it when its code is mended");
    }
    released_.push_back(turn.run);
  }
  if (alone_ == turn.run && !alone_step_) end_alone(now);  // may forget `on`
}

/// After all that a record did was performed: its runs go on.
void owner::after_record(timestamp now) {
  if (std::exchange(begins_, false)) return begin(now);
  for (std::size_t i = 0; i < released_.size(); ++i) consider(released_[i], now);
  released_.clear();
  for (const auto key : std::exchange(recheck_, {})) {
    if (const auto* run = state_.find(key)) consider_steps(*run, nullptr, now);
  }
  start_postponed(now);
}

}  // namespace perdure::runtime
