#include <algorithm>

#include "runtime/membership/drain.hpp"
#include "tests/unit/runtime/membership/model/world.hpp"

namespace perdure::runtime::membership::model {
namespace {

/// For pauses before joining again, ends that must be noticed, logs that must be read.
constexpr duration settling = milliseconds(4'500);

}  // namespace

void world::fault() {
  const auto& rate = how_.rate;
  for (const auto& [node, words] : nodes_) {
    const auto* lives = live_one(node);
    // Sometimes beside one that lives, by mistake.
    if (chance_.happens(lives == nullptr ? rate.start : rate.crash / 50)) start(node);
  }
  if (chance_.happens(rate.outage)) {
    outage_until_ = now_ + milliseconds(chance_.between(100, 4'000));
    note("the log is out");
  }
  if (chance_.happens(rate.drain)) drain_somebody();
  std::vector<process*> all;
  for (const auto& who : processes_) all.push_back(who.get());
  for (auto* who : all) fault_of(*who);
}

void world::fault_of(process& who) {
  const auto& rate = how_.rate;
  if (clocks_.happens(rate.jump)) {
    who.clock_ahead.us += milliseconds(clocks_.between(-900'000, 900'000)).us;
    note(fmt::format("the clock of session {} jumps", who.session));
  }
  if (stands(who)) {
    who.trouble = now_;
    if (chance_.happens(rate.crash)) kill(who);
    return;
  }
  if (chance_.happens(rate.pause)) {
    who.paused_until = now_ + milliseconds(chance_.between(100, 5'000));
    who.trouble = who.paused_until;
    note(fmt::format("session {} stands still", who.session));
  } else if (chance_.happens(rate.cut)) {
    who.cut_until = now_ + milliseconds(chance_.between(100, 3'000));
    who.trouble = who.cut_until;
    note(fmt::format("session {} is cut off", who.session));
  } else if (chance_.happens(rate.leave)) {
    note(fmt::format("session {} is to leave", who.session));
    who.stops = true;
    if (chance_.happens(.8)) {
      who.acts.leave(who.clock(now_));
    } else {
      who.acts.end(who.clock(now_));
    }
  } else if (chance_.happens(rate.crash)) {
    kill(who);
  }
}

void world::kill(process& who) {
  note(fmt::format("session {} is killed", who.session));
  audit_.on_death(who.session);
  std::erase_if(processes_, [&](const auto& other) { return other.get() == &who; });
}

/// Or undoes it.
void world::drain_somebody() {
  auto node = std::next(nodes_.begin(), static_cast<std::ptrdiff_t>(chance_.below(nodes_.size())));
  const auto* known = audit_.truth().find_node(node->first);
  if (known == nullptr) return;
  const auto record = drain_record(audit_.truth(), node->first,
                                   known->drained ? drain_wish::undo : drain_wish::drain);
  if (record) flights_.push_back({now_ + tick, *record, {}, {}});
}

void world::end_faults() {
  note("the faults end");
  faults_ = false;
  outage_until_ = {};
  for (const auto& who : processes_) {
    who->paused_until = who->cut_until = {};
    who->clock_percent = 100;
    if (who->stops) who->acts.end(who->clock(now_));  // it was patient for long enough
  }
  // What would land later is lost.
  std::erase_if(flights_, [&](const flight& flies) { return flies.lands > now_ + seconds(1); });
  auto until = now_ + settling;
  if (how_.rate.stuck > 0) until = until + hand_over();
  while (now_ < until) {
    step();
    const bool anybody = std::ranges::any_of(processes_, [](const auto& who) {
      return !who->stops && who->acts.condition() != member_condition::stopped;
    });
    if (!anybody) start(nodes_.begin()->first);
  }
}

/// How long one waits for another that does not hand over.
duration world::hand_over() const {
  return {static_cast<std::int64_t>(how_.times.hand_over) *
          (how_.times.heartbeat.us + 3 * tick.us)};
}

/// All who live and may are members, and agree.
void world::expect_order() {
  audit_.books();
  std::size_t stopped = 0;
  for (const auto& who : processes_) {
    const auto condition = who->acts.condition();
    if (condition == member_condition::stopped) {
      ++stopped;
      continue;
    }
    if (audit_.truth().find(who->session) == nullptr || condition != member_condition::present)
      wrong(fmt::format("session {} is {}", who->session, name(condition)));
    if (!who->acts.folded().loaded() || who->read + 20 < log_.size())
      wrong(fmt::format("session {} has read {} of {}", who->session, who->read, log_.size()));
  }
  audit_.seen.stopped += stopped;
  const auto members = audit_.truth().members().size();
  if (members + stopped != processes_.size())
    wrong(fmt::format("{} members of {} processes", members, processes_.size()));
  for (const auto& [partition, place] : audit_.truth().placements()) expect_owner(partition, place);
}

/// It belongs to one member, which wants and holds it.
void world::expect_owner(partition_index partition, const placement& place) {
  const auto* owner = audit_.truth().find(place.owner);
  const auto session = owner == nullptr ? session_id{} : owner->session;
  const auto holder = holders_[partition].holder;
  const auto* holds = find(holder);
  const bool stuck = holds != nullptr && holds->seats.at(partition).stuck;
  if (owner == nullptr ? holds != nullptr && !stuck : holder != session)
    wrong(fmt::format("{} is to own partition {} and session {} holds it", place.owner, partition,
                      holder));
  for (const auto& who : processes_) {
    const auto known = who->acts.roles().find(partition);
    const auto owns = known == who->acts.roles().end() ? want::no : known->second.owns;
    if (owns != (who->session == session ? want::when_left : want::no))
      wrong(fmt::format("session {} wants partition {} as {}", who->session, partition,
                        static_cast<int>(owns)));
  }
  for (const auto& reads : place.readers) {
    if (!reads.warm) wrong(fmt::format("member {} is cold for {}", reads.member, partition));
  }
}

void world::wrong(const std::string& what) { throw violation("at the end: " + what); }

/// How long partitions of a node that is killed belong to nobody who lives.
void world::kill_one_and_watch() {
  if (audit_.truth().members().size() < 2) return;
  auto& victim = *chance_.one_of(processes_);
  const auto session = victim.session;
  const auto* member = audit_.truth().find(session);
  if (member == nullptr) return;
  const auto claims = claims_;
  kill(victim);
  // See docs/adr/0010-membership.md; three ticks there and back.
  const auto beats = how_.times.suspect_after + how_.times.gone_after;
  const duration bound{static_cast<std::int64_t>(beats + 1) *
                           (how_.times.heartbeat.us + 3 * tick.us) +
                       milliseconds(300).us};
  for (const auto until = now_ + bound; now_ < until;) step();
  if (audit_.truth().find(session) != nullptr) wrong("a killed node is a member for too long");
  for (const auto& [partition, place] : audit_.truth().placements()) {
    if (place.owner && holders_[partition].holder == session)
      wrong(fmt::format("partition {} of a killed node waits for too long", partition));
  }
  if (claims_ - claims > 2 * audit_.truth().placements().size())
    wrong(fmt::format("{} claims for one end", claims_ - claims));
}

}  // namespace perdure::runtime::membership::model
