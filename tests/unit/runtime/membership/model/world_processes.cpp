#include <algorithm>
#include <utility>

#include "tests/unit/runtime/membership/model/world.hpp"

namespace perdure::runtime::membership::model {
namespace {

constexpr duration readers_lag = milliseconds(100);  ///< who reads later than that is not well
constexpr duration recovery = seconds(3);            ///< who was not well needs to be well again
constexpr duration again = seconds(1);               ///< what was not read back is appended again

}  // namespace

/// It does what a member must, and did so lately. An outage of the log or its clock do not count.
bool world::is_well(const process& who) const {
  return !stands(who) && now_ >= who.trouble + recovery;
}

process* world::find(session_id session) {
  const auto found =
      std::ranges::find_if(processes_, [&](const auto& who) { return who->session == session; });
  return found == processes_.end() ? nullptr : found->get();
}

/// That is not standing still.
process* world::live_one(const std::string& node) {
  for (const auto& who : processes_) {
    if (who->node == node && !stands(*who)) return who.get();
  }
  return nullptr;
}

void world::start(const std::string& node) {
  const auto& [weight, serves] = nodes_.at(node);
  auto options = how_.times;
  options.profile = {node, session_id(++sessions_), weight, node, {}};
  for (const auto& space : how_.namespaces) {
    if (std::ranges::count(serves, space.name) == 0) continue;
    options.profile.hosted.push_back({space.name, {{"agent", node}}});
    options.namespaces.push_back({space.name, space.partitions, incarnation(sessions_)});
  }
  auto who = std::make_unique<process>(
      options, first_ == 0 ? reading_from::first_record : reading_from::within);
  who->read = first_;
  who->target = log_.size();
  if (chance_.happens(.3)) who->pace = 3 + chance_.below(5);
  const std::array<std::int64_t, 5> percents = {70, 100, 100, 100, 140};
  if (!how_.true_clocks) who->clock_percent = percents[clocks_.below(percents.size())];
  who->trouble = now_;  // until it has caught up
  note(fmt::format("node {} starts as session {}", node, who->session));
  processes_.push_back(std::move(who));
}

void world::live(process& who) {
  if (stands(who)) return;
  if (!is_cut(who)) read(who);
  const auto clock = who.clock(now_);
  if (!who.caught_up && who.read >= who.target) {
    who.caught_up = true;
    who.acts.on_caught_up(clock);
  }
  const auto wake = who.acts.next_wake();
  if ((wake.us != 0 && wake <= clock) || chance_.happens(.1)) who.acts.on_time(clock);
  obey(who);
  for (auto& [partition, at] : who.seats) act(who, partition, at);
}

/// Does what the member wants done.
void world::obey(process& who) {
  auto out = who.acts.take_output();
  if (out.forget) {
    while (first_ < log_.size() && log_[first_].record.at < out.forget) ++first_;
  }
  for (const auto& [partition, role] : out.roles) {
    auto& at = who.seats[partition];
    if (!at.role.reads && role.reads) at.said_warm = at.said_holder = false;
    at.role = role;
  }
  for (auto& record : out.appends) send(who, {{}, std::move(record), {}, {}});
}

void world::read(process& who) {
  if (who.read < first_) {
    note(fmt::format("session {} has lost its place", who.session));
    who.trouble = now_;
    ++audit_.seen.lost_place;
    who.acts.lose_place();
    who.read = first_;
  }
  for (std::size_t i = 0; i < who.pace && who.read < log_.size(); ++i) {
    who.acts.on_record(log_[who.read++].record, who.clock(now_));
    audit_.compare(who.acts.folded());
  }
  if (who.read < log_.size() && now_ >= log_[who.read].landed + readers_lag) who.trouble = now_;
}

/// As actors/partition.cpp: it claims what it wants and does not own, and hands over what it owns
/// and does not want.
void world::act(process& who, partition_index partition, seat& at) {
  const auto& known = at.folded;
  if (!at.role.reads && known.holder != who.session && at.claimed.us == 0) return;
  if (!is_cut(who) && chance_.happens(.8)) read_mailbox(who, partition, at);
  const auto& wants = at.role;
  if (known.holder == who.session) {
    if (wants.owns != want::no) return;
    if (at.hands_over_at.us == 0) {
      at.hands_over_at = now_ + milliseconds(chance_.between(0, 200));
      at.stuck = chance_.happens(how_.rate.stuck);
    }
    if (now_ < at.hands_over_at || at.stuck) return;
    at.hands_over_at = now_ + again;
    return say(who, partition, at, mailbox_record::sort::handed_over);
  }
  const bool claims =
      known.holder ? wants.owns == want::now && wants.from == known.holder : wants.owns != want::no;
  if (!claims || (at.claimed.us != 0 && now_ < at.claimed + again)) return;
  at.claimed = now_;
  say(who, partition, at, mailbox_record::sort::claim);
}

void world::say(process& who, partition_index partition, const seat& at,
                mailbox_record::sort what) {
  send(who, {{}, {}, partition, {what, who.session, at.folded.epoch, who.acts.folded().applied()}});
}

/// To its end, and tells the member.
void world::read_mailbox(process& who, partition_index partition, seat& at) {
  const auto& log = mailboxes_[partition];
  if (at.folded.read == log.size() && at.said_holder && (at.said_warm || !at.role.reads)) return;
  const auto epoch = at.folded.epoch;
  const auto holder = at.folded.holder;
  while (at.folded.read < log.size()) {
    const auto& record = log[at.folded.read];
    if (record.session == who.session) at.claimed = {};
    at.folded.apply(record);
  }
  const auto clock = who.clock(now_);
  if (holder != at.folded.holder) at.hands_over_at = {};
  if (epoch != at.folded.epoch || holder != at.folded.holder || !at.said_holder) {
    at.said_holder = true;
    who.acts.on_holder(partition, {at.folded.holder, at.folded.view}, clock);
  }
  if (at.role.reads && !std::exchange(at.said_warm, true)) who.acts.on_warm(partition, clock);
  obey(who);
}

}  // namespace perdure::runtime::membership::model
