#include "runtime/membership/member.hpp"

#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime::membership {
namespace {

constexpr std::uint32_t steady = 300;  ///< own heartbeats of a stay after which all is well
constexpr duration first_pause = milliseconds(500);
constexpr duration longest_pause = seconds(30);

bool is_for_people(const cluster_action& what) {
  return !std::holds_alternative<member_heard>(what) && !std::holds_alternative<ignored>(what);
}

}  // namespace

std::string_view name(member_condition value) {
  switch (value) {
    case member_condition::reading:
      return "reading";
    case member_condition::joining:
      return "joining";
    case member_condition::present:
      return "present";
    case member_condition::leaving:
      return "leaving";
    case member_condition::left:
      return "left";
    case member_condition::stopped:
      return "stopped";
  }
  INVARIANT(false, "member condition {} has no name", static_cast<int>(value));
}

member::member(member_options options, reading_from start)
    : options_(std::move(options)),
      folded_(start),
      timer_(options_.heartbeat, options_.again),
      detector_(options_.suspect_after, options_.gone_after),
      roles_(options_.profile.session, options_.hand_over) {
  INVARIANT(options_.profile.session && !options_.profile.node.empty(), "a node without a name");
  INVARIANT(options_.heartbeat.us > 0 && options_.again.us > 0 && options_.suspect_after > 0 &&
                options_.gone_after > 0 && options_.view_every > 0,
            "a time or count of membership is 0");
}

void member::on_record(const decoded_record& record, timestamp now) {
  cluster_actions did;
  folded_.apply(record, did);
  for (auto& action : did) {
    perform(action, now);
    if (is_for_people(action)) out_.told.push_back(std::move(action));
  }
  decide(now);
}

void member::on_caught_up(timestamp now) {
  caught_up_ = true;
  decide(now);
}

void member::on_time(timestamp now) { decide(now); }

void member::on_warm(partition_index partition, timestamp now) {
  roles_.on_warm(partition);
  decide(now);
}

void member::on_holder(partition_index partition, partition_holder holder, timestamp now) {
  roles_.on_holder(partition, holder);
  decide(now);
}

void member::leave(timestamp now) {
  leaves_ = true;
  decide(now);
}

void member::end(timestamp now) {
  leaves_ = ends_ = true;
  decide(now);
}

void member::lose_place() {
  for (const auto& wanted : options_.namespaces) {
    if (const auto* row = folded_.find_namespace(wanted.name)) places_[wanted.name] = *row;
  }
  folded_ = cluster_state(reading_from::within);
  timer_.clear();
  detector_.clear();
  roles_.update(folded_, {});
}

member_id member::self() const {
  const auto* member = folded_.find(options_.profile.session);
  return member == nullptr ? member_id{} : member->id;
}

member_condition member::condition() const {
  if (problem_) return member_condition::stopped;
  if (self()) return leaves_ ? member_condition::leaving : member_condition::present;
  if (leaves_) return member_condition::left;
  return caught_up_ && folded_.loaded() ? member_condition::joining : member_condition::reading;
}

void member::perform(const cluster_action& what, timestamp now) {
  if (const auto* heard = std::get_if<member_heard>(&what)) {
    if (heard->member != self()) {
      detector_.on_heard(heard->member);
    } else if (const auto due = timer_.regular(); timer_.on_read_back(now)) {
      for (auto at = due; MUTANT("silence-by-wall-clock") && due.us != 0 && at <= now;
           at = at + options_.heartbeat)
        detector_.on_own_heartbeat(folded_, self());
      on_own_heartbeat();
    }
  } else if (const auto* suspected = std::get_if<member_suspected>(&what)) {
    if (suspected->by == self()) detector_.on_suspected(suspected->member);
  } else if (const auto* ended = std::get_if<member_ended>(&what)) {
    if (ended->session == options_.profile.session) on_end(ended->how, now);
  } else if (const auto* joined = std::get_if<member_joined>(&what)) {
    if (joined->member == self()) beats_ = 0;
  } else if (const auto* taken = std::get_if<view_taken>(&what)) {
    if (taken->by == self()) out_.forget = taken->forget;
  }
}

/// Declared gone it joins again, at once if it was not so lately.
void member::on_end(member_end how, timestamp now) {
  timer_.clear();
  detector_.clear();
  if (how != member_end::gone) return;
  if (beats_ >= steady) pause_ = {};
  join_not_before_ = now + pause_;
  pause_ = std::clamp(duration{pause_.us * 2}, first_pause, longest_pause);
}

/// What is counted in own heartbeats goes on by one.
void member::on_own_heartbeat() {
  const auto me = self();
  ++beats_;
  detector_.on_own_heartbeat(folded_, me);
  roles_.on_own_heartbeat();
  accuse(me);
  write_view(me);
}

void member::accuse(member_id self) {
  for (const auto& finding : detector_.findings(folded_, self)) {
    const auto* other = folded_.find(finding.member);
    if (finding.what == failure_detector::verdict::suspect) {
      wire::Suspect suspect;
      suspect.set_member(other->id.value);
      suspect.set_by(self.value);
      suspect.set_heard(other->heard.value);
      append(record_kind::suspect, suspect);
    } else {
      wire::Gone gone;
      gone.set_member(other->id.value);
      gone.set_by(self.value);
      gone.set_suspicion(other->suspicions.at(self).value);
      append(record_kind::gone, gone);
    }
  }
}

/// The eldest does; if no view comes of it, the next.
void member::write_view(member_id self) {
  const auto elder = std::distance(folded_.members().begin(), folded_.members().find(self));
  if (folded_.records() >= options_.view_every * (1 + static_cast<std::uint64_t>(elder)))
    append(record_kind::view, folded_.view(self));
}

timestamp member::next_wake() const {
  switch (condition()) {
    case member_condition::reading:
    case member_condition::left:
    case member_condition::stopped:
      return {};
    case member_condition::joining:
      return std::max(
          {timestamp{1}, join_not_before_, std::max(join_.at, namespaces_.at) + options_.again});
    case member_condition::present:
    case member_condition::leaving:
      break;
  }
  return std::max(timestamp{1}, timer_.next(!folded_.find(self())->suspicions.empty()));
}

member_output member::take_output() {
  out_.roles = roles_.take_changed();
  return std::exchange(out_, {});
}

}  // namespace perdure::runtime::membership
