#include <algorithm>

#include "tests/unit/runtime/model/random_code.hpp"
#include "tests/unit/runtime/model/world.hpp"

namespace perdure::runtime::model {

timestamp world::clock_of(const process& who) const {
  return now_ + milliseconds(who.name % 3 == 0 ? 9 : 0);
}

/// Makes that share of all moves. Appends are slow while faults last, those to other partitions
/// slowest: they pile up.
bool world::sweep(double share) {
  fill_places();
  std::vector<std::pair<process*, std::optional<process::line>>> todo;
  for (const auto& who : processes_) {
    if (who->alive) todo.emplace_back(who.get(), std::nullopt);
    for (const auto& [line, batches] : who->lines) {
      if (!batches.empty()) todo.emplace_back(who.get(), line);
    }
  }
  chance_.shuffle(todo);
  bool moved = false;
  for (const auto& [who, line] : todo) {
    if (!line) {
      if (who->alive) moved |= move(*who, share);
    } else {
      const auto own =
          std::get<0>(*line) < who->places.size() &&
          who->places[std::get<0>(*line)].at->folded.self().value == std::get<2>(*line);
      const auto power = how_.atomic || own ? 4 : 8;
      double patience = 1;
      for (int i = 0; i < power; ++i) patience *= share;
      if (chance_.happens(patience)) moved |= deliver(*who, *line);
    }
  }
  std::erase_if(processes_, [](const auto& who) { return !who->alive && who->lines.empty(); });
  return moved;
}

/// Membership: somebody wants each partition.
void world::fill_places() {
  std::set<std::uint32_t> missing;
  for (std::uint32_t i = 0; i < how_.namespaces.size(); ++i) missing.insert(i);
  for (const auto& who : processes_) {
    if (!who->alive) continue;
    for (const auto& place : who->places) {
      if (place.role != seat_role::reader) missing.erase(place.at->folded.self().value);
    }
    if (how_.atomic) return;  // one process per directory
  }
  if (missing.empty()) return;
  if (how_.atomic) return add_process({missing.begin(), missing.end()});
  for (const auto partition : missing) add_process({partition});
}

void world::add_process(const std::vector<std::uint32_t>& partitions) {
  auto& who = *processes_.emplace_back(std::make_unique<process>(log_, where_, chance_.next() | 1));
  who.places.resize(partitions.size());
  owner_options how;
  how.atomic_batches = how_.atomic;
  how.resident_runs = how_.resident_runs;
  how.attempts = how_.attempts;
  how.idle = milliseconds(30);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    auto& place = who.places[i];
    place.at = &who.host.add(partition_index(partitions[i]), how);
    const auto there = log_.of(partition_index(partitions[i])).size();
    for (auto skip = chance_.happens(.5) ? there : chance_.below(there + 1); skip > 0; --skip)
      place.at->read_one(clock_of(who));
  }
  note(fmt::format("process {} begins", who.name));
}

bool world::move(process& who, double share) {
  bool moved = false;
  for (auto& place : who.places) {
    if (chance_.happens(share)) moved |= who.alive && read_one(who, place);
    if (chance_.happens(share)) moved |= who.alive && hear(who, place);
    if (chance_.happens(share)) moved |= who.alive && act(who, place);
    check(18, place.at->acts.attempts() <= how_.attempts, "process {} runs {} attempts of p{}",
          who.name, place.at->acts.attempts(), place.at->folded.self());
  }
  if (chance_.happens(share)) moved |= who.alive && move_code(who);
  if (chance_.happens(share)) moved |= who.alive && move_attempt(who);
  if (chance_.happens(share) && who.alive && !who.host.loads.empty()) {
    who.host.load_one(clock_of(who));
    moved = true;
  }
  if (chance_.happens(share)) moved |= who.alive && who.host.move_alone(clock_of(who));
  if (!who.alive) return true;
  who.pump(how_.atomic);
  if (who.draining) leave(who);
  return moved;
}

bool world::read_one(process& who, process::place& place) {
  if (!place.at->has_more()) return false;
  const auto read = place.at->read_one(clock_of(who));
  for (const auto& action : *read.did) {
    const auto* claim = std::get_if<claimed>(&action);
    if (claim == nullptr) continue;
    if (claim->session == session_id(who.name))
      place.role = seat_role::owner;
    else if (place.role != seat_role::wants)
      place.role = seat_role::reader;
  }
  who.host.collect(*place.at);
  check(5, place.role == seat_role::owner || !place.at->acts.rules(), "process {} rules p{}",
        who.name, place.at->folded.self());
  return true;
}

bool world::hear(process& who, process::place& place) {
  if (place.reports.empty()) return false;
  const auto heard = place.reports.front();
  place.reports.pop_front();
  if (heard.producer != place.producer) return true;
  if (heard.number != message_number{}) {
    place.at->acts.on_delivery(heard.target, heard.number, heard.landed, clock_of(who));
  } else if (!heard.landed && place.role != seat_role::reader) {
    // DESIGN 5.4: its outcome is unknown; claim again through a fresh producer.
    who.pump(how_.atomic);
    ++place.producer;
    place.role = seat_role::claiming;
    place.at->acts.claim(session_id(who.name), suspects(place.at->folded), clock_of(who));
  }
  who.host.collect(*place.at);
  return true;
}

/// Those noted in the page of the owner before: known if its process is gone and left one.
std::optional<std::vector<run_key>> world::suspects(const state& folded) const {
  if (!folded.session()) return std::vector<run_key>{};
  const auto page = pages_.find({folded.session(), folded.self()});
  return page == pages_.end() ? std::nullopt : page->second;
}

bool world::act(process& who, process::place& place) {
  auto& acts = place.at->acts;
  if (place.role == seat_role::wants && !place.at->has_more() && !who.draining) {
    place.role = seat_role::claiming;
    acts.claim(session_id(who.name), suspects(place.at->folded), clock_of(who));
    who.host.collect(*place.at);
    return true;
  }
  const auto wake = acts.next_wake();
  if (wake == timestamp{} || wake > clock_of(who)) return false;
  acts.on_time(clock_of(who));
  who.host.collect(*place.at);
  return true;
}

/// Code begins, and some moves later it ends; both may be overtaken.
bool world::move_code(process& who) {
  if (who.host.activations.empty()) return false;
  auto which = who.host.activations.begin();
  std::advance(which, chance_.below(who.host.activations.size()));
  auto& from = *which->from;
  const auto run = which->what.run;
  if (!which->begun) {
    which->begun = true;
    if (crashes(who, from, run, poison::place::activation, which->what.work.seq.value)) return true;
    if (chance_.happens(.5)) return true;
  }
  const auto agent = [&](script_turn& turn, const seat&, const run_state& about) {
    auto seed = hash_bytes(fmt::format("{} {} {}", run, turn.work().seq, who.name % 2)).value;
    for (const auto& item : turn.data()) seed = seed * 31 + item.at.value + item.thing.value;
    dice fixed(seed);
    const auto name = fmt::format("{}:{}", from.folded.self(), run);
    random_code{about.workflow_id, name, !faults_}(
        turn, chance_.happens(how_.rate.chance) ? chance_ : fixed);
  };
  who.host.finish(which, agent, clock_of(who));
  return true;
}

bool world::move_attempt(process& who) {
  if (who.host.attempts.empty()) return false;
  auto which = who.host.attempts.begin();
  std::advance(which, chance_.below(who.host.attempts.size()));
  auto& from = *which->from;
  const auto what = which->what;
  step_report end;
  if (!which->begun) {
    if (which->stopped) {  // it never begins
      end.result = outcome::cancelled;
      who.host.finish(which, end, clock_of(who));
      return true;
    }
    which->begun = true;
    note(fmt::format("attempt {} of step {} of run {} of p{} by {}", what.attempt, what.step,
                     what.run, what.partition, who.name));
    audit_.effect(what.partition, what.run, what.step, what.attempt);
    if (crashes(who, from, what.run, poison::place::attempt, what.step.value)) return true;
    if (chance_.happens(.5)) return true;
  }
  end.body = payload(fmt::format("result {}", chance_.below(1'000)));
  if (which->stopped && chance_.happens(.6)) {
    end.result = outcome::cancelled;
  } else if (faults_ && chance_.happens(.35)) {
    end.result = chance_.happens(.3) ? outcome::timed_out : outcome::failed;
    end.retryable = chance_.happens(.8);
  }
  who.host.finish(which, end, clock_of(who));
  return true;
}

bool world::deliver(process& who, const process::line& which) {
  const auto found = who.lines.find(which);
  if (found == who.lines.end() || found->second.empty()) return false;
  auto batch = std::move(found->second.front());
  found->second.pop_front();
  const auto place = std::get<0>(which);
  if (found->second.empty()) who.lines.erase(found);
  for (auto& record : batch.records) {
    land(record.target, record.bytes);
    if (!how_.atomic && faults_ && chance_.happens(how_.rate.copy)) wild_.push_back(record);
  }
  if (!how_.atomic && place < who.places.size()) {
    batch.outcome.landed = true;
    who.places[place].reports.push_back(batch.outcome);
  }
  return true;
}

/// A process that drains hands over when nothing of it is under way, and goes when it read that.
void world::leave(process& who) {
  bool gone = true;
  for (auto& place : who.places) {
    auto& acts = place.at->acts;
    if (place.role == seat_role::owner && acts.rules()) {
      gone = false;
      if (acts.settled_down() && (acts.quiet() || chance_.happens(.2)))
        acts.hand_over(clock_of(who));
      who.host.collect(*place.at);
    } else if (place.role == seat_role::claiming) {
      gone = false;
    }
  }
  who.pump(how_.atomic);
  if (gone && who.lines.empty()) kill(who, "left");
}

}  // namespace perdure::runtime::model
