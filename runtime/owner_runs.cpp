#include <algorithm>
#include <utility>

#include "runtime/owner.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {
namespace {

constexpr std::size_t items_at_once = 10'000;  // DESIGN 7.6
constexpr std::size_t small_body =
    512;  // copied out of its batch while it waits; larger ones are read again

}  // namespace

/// One place that decides what a run does next. DESIGN 2.4: at most one turn that is not read back.
void owner::consider(run_key key, timestamp now) {
  auto* run = role_ == role::owner && !handing_over_ ? state_.find(key) : nullptr;
  if (run == nullptr) return;
  auto& on = work_[key];
  if (on.now == phase::flying) return;
  if (on.now == phase::active) {
    if (run->controls.empty()) return;
    REACHED("control-overtakes-an-activation");
    overtake(*run, on);
  }
  if (run->convicted)
    return record_parking(*run, on, park_reason::poison,
                          "its code ended its owner's process again and again", now);
  if (!run->controls.empty()) return record_control(*run, on, now);
  drop_lost_results(*run, on);
  const bool goes_on = (run->status == run_status::open || MUTANT("runs-on-though-paused")) &&
                       !draining_ && !on.no_handler;
  if (goes_on && (!in_quarantine(*run) || MUTANT("no-quarantine")) && runnable(*run, on)) {
    run_code(*run, on, false, now);
    if (on.now == phase::active) return;
  }
  record_held(on, now);
  if (goes_on && in_quarantine(*run) && hosts(*run)) {
    if (run->activation_started && is_alone(key, {})) return run_alone(*run, on, now);
    if (runnable(*run, on) || (!on.queries.empty() && run->seq != turn_seq{}))
      return ask_alone(key, {});
  }
  answer_queries(*run, on, now);
  forget_idle(key, on);
}

bool owner::runnable(const run_state& run, const work& on) const {
  return run.woken || (on.wants_answer && !run.data.empty()) || held_results_wake(run, on);
}

/// DESIGN 2.7: whether the results at hand satisfy what the run recorded in `waits`.
bool owner::held_results_wake(const run_state& run, const work& on) const {
  if (on.held.empty()) return false;
  for (const auto& wait : run.waits) {
    std::uint32_t met = 0;
    for (const auto& report : on.held) {
      if (std::ranges::find(wait.things, report.step) == wait.things.end()) continue;
      if (wait.need != 0 && report.result != outcome::ok) return true;
      ++met;
    }
    if (met != 0 && met >= wait.need) return true;
  }
  return false;
}

/// Another run has the node for itself: this one is considered when that is over.
bool owner::is_held_back(run_key run) {
  if (!held_ || MUTANT("code-beside-quarantine")) return false;
  held_back_.insert(run);
  return true;
}

void owner::run_code(run_state& run, work& on, bool replay_only, timestamp now) {
  if (!is_held_back(run.key)) activate(run, on, replay_only, now);
}

/// Who only asks makes a run in quarantine go alone, too. Its query comes first: the turn behind
/// it, though of nothing, says that the run survived that.
void owner::run_alone(run_state& run, work& on, timestamp now) {
  const bool asks =
      std::ranges::any_of(on.queries, [&](const auto& query) { return !is_behind(run, query); });
  if (asks) REACHED("query-in-quarantine");
  if (asks && !on.resident) return activate(run, on, true, now);
  send_queries(run, on);
  activate(run, on, false, now);
}

/// A result is lost when its step was cancelled or settled otherwise while it was held.
void owner::drop_lost_results(const run_state& run, work& on) {
  std::erase_if(on.held, [&](const step_report& report) {
    const auto* step = run.find(report.step);
    const bool lost = step == nullptr || step->settled;
    if (lost) REACHED("result-lost-while-held");
    return lost && !MUTANT("lost-result-enclosed");
  });
}

/// As many results as one request takes (DESIGN 7.6); one in any case.
std::size_t owner::enclosable(const work& on) const {
  std::size_t count = 0, bytes = 0;
  while (count < std::min(on.held.size(), items_at_once)) {
    bytes += on.held[count].body.size();
    if (count != 0 && (bytes > options_.append_bytes || BUGGIFY("enclose-few"))) break;
    ++count;
  }
  return count;
}

void owner::activate(run_state& run, work& on, bool replay_only, timestamp now) {
  auto& order = out_.activations.emplace_back();
  order.run = run.key;
  order.resident = on.resident;
  order.work.seq = turn_seq(run.seq.value + 1);
  order.work.now = MUTANT("turn-by-wall-clock") ? now : later(now);
  order.work.before = run.last;
  on.consumed = on.enclosed = 0;
  if (!replay_only) {
    on.consumed = static_cast<std::uint32_t>(std::min(run.data.size(), items_at_once));
    if (on.consumed > 1 && BUGGIFY("consume-few")) on.consumed = 1;
    on.enclosed = static_cast<std::uint32_t>(enclosable(on));
    order.work.data.reserve(on.consumed + on.enclosed);
    order.work.data.assign(run.data.begin(), run.data.begin() + on.consumed);
    for (std::uint32_t i = 0; i < on.enclosed; ++i) {
      const auto& report = on.held[i];
      order.work.data.push_back({item_kind::step_result,
                                 {},
                                 0,
                                 report.step,
                                 report.attempt,
                                 report.result,
                                 {},
                                 report.body});
    }
  }
  if (!on.resident) {
    order.who = describe(run);
    order.journal = run.journal;
  }
  on.now = phase::active;
  ++active_;
  on.replay_only = replay_only;
  on.seq = order.work.seq;
  on.time = order.work.now;
  touch(run.key, on, now);
}

run_description owner::describe(const run_state& run) const {
  run_description who;
  who.run_id = state_.run_id(run.key);
  who.name_space = state_.name_space();
  who.workflow_id = run.workflow_id;
  who.agent = state_.text(run.agent);
  who.operation = state_.text(run.operation);
  if (run.has_caller) who.parent = fmt::format("{}:{}", run.caller.partition, run.caller.run);
  who.started = run.started;
  who.seed = run.seed;
  return who;
}

/// DESIGN 2.5: an activation overtaken by a control is thrown away with its frame.
void owner::overtake(const run_state& run, work& on) { drop_frame(run.key, on); }

void owner::on_turn(run_key key, turn_seq seq, turn_result result, timestamp now) {
  const auto found = work_.find(key);
  auto* run = state_.find(key);
  if (found == work_.end() || run == nullptr || found->second.now != phase::active ||
      found->second.seq != seq)
    return;
  auto& on = found->second;
  on.now = phase::idle;
  --active_;
  on.wants_answer = false;
  if (result.status == run_status::parked)
    return record_parking(*run, on, result.parked, result.detail, now);
  if (on.replay_only) return consider(key, now);
  record_turn(*run, on, result);
}

void owner::on_no_handler(run_key key, turn_seq seq) {
  const auto found = work_.find(key);
  if (found == work_.end() || found->second.now != phase::active || found->second.seq != seq)
    return;
  found->second.no_handler = true;
  drop_frame(key, found->second);
  refuse_queries(found->second, errc::failed_state, "no node here hosts the run's agent");
  if (alone_ == key && !alone_step_) end_alone(latest_);
}

void owner::record_held(work& on, timestamp now) {
  for (const auto& report : std::exchange(on.held, {})) record_step_result(report, now);
}

void owner::drop_frame(run_key key, work& on) {
  if (on.now == phase::active) {
    on.now = phase::idle;
    --active_;
    std::erase_if(out_.activations,
                  [&](const activation_order& order) { return order.run == key; });
  }
  if (!on.resident) return;
  std::erase_if(out_.queries, [&](const query_order& query) {
    if (query.run != key) return false;
    out_.refusals.push_back({query.token, {errc::unavailable, "the run is moving: ask again"}});
    return true;
  });
  on.resident = false;
  lru_.erase(on.place);
  out_.dropped_frames.push_back(key);
  if (auto* run = state_.find(key)) {
    for (auto& item : run->data) {
      item.missing |= !item.body.empty() && !MUTANT("body-lost-by-eviction");
      item.body = {};
    }
  }
}

/// DESIGN 7.2: at most so many frames, the longest idle goes first.
void owner::touch(run_key key, work& on, timestamp now) {
  on.touched = now;
  if (on.resident) {
    lru_.splice(lru_.end(), lru_, on.place);
    return;
  }
  on.resident = true;
  on.place = lru_.insert(lru_.end(), key);
  for (auto place = lru_.begin(); lru_.size() > options_.resident_runs && place != lru_.end();) {
    const auto oldest = *place++;
    auto& other = work_.at(oldest);
    if (other.now != phase::idle || oldest == key) continue;
    REACHED("eviction-by-number");
    drop_frame(oldest, other);
    forget_idle(oldest, other);
  }
}

void owner::forget_idle(run_key key, const work& on) {
  if (on.now == phase::idle && !on.resident && !on.no_handler && on.held.empty() &&
      on.queries.empty())
    work_.erase(key);
}

/// A body that waits must not keep the whole batch in memory that brought it.
void owner::keep_bodies_small(run_key key, offset came) {
  auto* run = state_.find(key);
  const auto found = work_.find(key);
  if (run == nullptr || (found != work_.end() && found->second.now == phase::active)) return;
  for (auto item = run->data.rbegin();
       item != run->data.rend() && (item->at == came || item->missing); ++item) {
    if (item->body.size() > small_body || (!item->body.empty() && BUGGIFY("body-not-kept"))) {
      REACHED("body-let-go");
      item->missing = !MUTANT("large-body-lost");
      item->body = {};
    } else if (!item->body.empty()) {
      item->body = payload(std::string(item->body.view()));
    }
  }
}

timestamp owner::later(timestamp now) {
  if (MUTANT("clock-back")) return now;
  latest_ = std::max({latest_, now, state_.time()});
  if (latest_ > now) REACHED("clock-behind-the-log");
  return latest_;
}

void owner::query(run_key key, std::uint64_t token, timestamp now) {
  const auto* run = state_.find(key);
  if (role_ != role::owner || run == nullptr) {
    out_.refusals.push_back({token, {errc::not_found, "no such open run here"}});
    return;
  }
  auto& on = work_[key];
  on.queries.push_back({token, state_.applied()});
  if (handing_over_) return refuse_queries(on, errc::unavailable, being_handed_over);
  consider(key, now);
}

void owner::refuse_queries(work& on, errc code, std::string_view why) {
  for (const auto& query : std::exchange(on.queries, {}))
    out_.refusals.push_back({query.token, {code, std::string(why)}});
}

/// DESIGN 6.9: answered when no turn of the run is in flight and all data before is consumed;
/// paused: as of its last turn.
void owner::answer_queries(run_state& run, work& on, timestamp now) {
  if (on.queries.empty() || on.now != phase::idle) return;
  const auto refuse = [&](std::string_view why) { refuse_queries(on, errc::failed_state, why); };
  if (run.status == run_status::parked)
    return refuse("the run is parked: resume it when its code is mended");
  if (on.no_handler || !hosts(run)) return refuse("no node here hosts the run's agent");
  const bool all_behind =
      std::ranges::all_of(on.queries, [&](const auto& query) { return is_behind(run, query); });
  if (!all_behind && run.seq == turn_seq{}) return refuse("the run has not begun yet");
  if (draining_ && (all_behind || !on.resident || in_quarantine(run)))
    return refuse_queries(on, errc::unavailable, being_handed_over);
  if (in_quarantine(run)) return refuse("the run is paused, and in quarantine: resume it");
  if (all_behind || !on.resident) {
    on.wants_answer = all_behind;
    return run_code(run, on, !all_behind, now);
  }
  if (!is_held_back(run.key)) send_queries(run, on);
}

bool owner::is_behind(const run_state& run, const waiting_query& query) {
  return run.status == run_status::open && !run.data.empty() &&
         run.data.front().at <= query.asked && !MUTANT("query-before-its-barrier");
}

/// Those for which all is consumed. REQUIRES: the frame is there.
void owner::send_queries(const run_state& run, work& on) {
  std::erase_if(on.queries, [&](const waiting_query& query) {
    if (is_behind(run, query)) return false;
    out_.queries.push_back({run.key, query.token});
    return true;
  });
}

}  // namespace perdure::runtime
