#include <algorithm>

#include "tests/unit/runtime/model/world.hpp"
#include "tests/unit/runtime/records.hpp"

namespace perdure::runtime::model {

void world::fault() {
  std::vector<process*> living;
  for (const auto& who : processes_) {
    if (who->alive) living.push_back(who.get());
  }
  if (living.empty()) return;
  if (chance_.happens(how_.rate.crash)) return kill(*chance_.one_of(living), "fault");
  if (chance_.happens(how_.rate.rival))
    add_process({static_cast<std::uint32_t>(chance_.below(how_.namespaces.size()))});
  if (chance_.happens(how_.rate.hand_over)) {
    auto& who = *chance_.one_of(living);
    note(fmt::format("process {} drains", who.name));
    who.draining = true;
    for (auto& place : who.places) place.at->acts.drain();
  }
  if (chance_.happens(how_.rate.fail)) fail_an_append();
  if (chance_.happens(how_.rate.control)) meddle();
  if (chance_.happens(how_.rate.query)) ask_a_query();
  if (chance_.happens(how_.rate.config)) {
    const auto partition = static_cast<std::uint32_t>(chance_.below(how_.namespaces.size()));
    config_words words;
    words.version = audit_.truth(partition).config_version() + 1;
    if (chance_.happens(.5)) words.callers = {"alpha", "beta"};
    land(partition_index(partition), config_record(words));
  }
}

/// Embedded, a prefix of what waits is in the file; elsewhere what was handed over lands some day.
void world::kill(process& who, std::string killer) {
  note(fmt::format("process {} is ended by {}", who.name, killer));
  who.alive = false;
  who.killer = ends_[session_id(who.name)] = std::move(killer);
  who.pump(how_.atomic);
  for (const auto& place : who.places) {
    const auto self = place.at->folded.self();
    if (!chance_.happens(how_.rate.page))
      pages_[{session_id(who.name), self}] = who.host.noted(self);
  }
  for (auto& [line, batches] : who.lines) {
    if (who.killer == "left") break;
    const auto left = chance_.below(batches.size() + 1);
    if (how_.atomic) {
      for (std::size_t i = 0; i < left; ++i) {
        for (auto& record : batches[i].records) land(record.target, std::move(record.bytes));
      }
    }
    batches.erase(
        how_.atomic ? batches.begin() : batches.begin() + static_cast<std::ptrdiff_t>(left),
        batches.end());
  }
  std::erase_if(who.lines, [](const auto& line) { return line.second.empty(); });
}

bool world::crashes(process& who, seat& at, run_key run, poison::place where,
                    std::uint64_t number) {
  const auto* about = at.folded.find(run);
  if (about == nullptr) return false;
  const auto found = poisoned_.find(about->workflow_id);
  if (found == poisoned_.end() || found->second.where != where || number < found->second.from)
    return false;
  const auto partition = at.folded.self();
  const auto& truth = audit_.truth(partition.value);
  // Whoever no longer rules, or is handing over, is nobody's owner: the claim after it is clean.
  // Nor does it where code came back for a query alone, and the notes did not survive.
  const auto* known = truth.find(run);
  if (truth.session() == session_id(who.name) && !who.draining && known != nullptr &&
      (where == poison::place::attempt || !known->data.empty())) {
    audit_.crashed(partition, run);
  }
  kill(who, about->workflow_id);
  return true;
}

void world::fail_an_append() {
  std::vector<std::pair<process*, process::line>> lines;
  for (const auto& who : processes_) {
    for (const auto& [line, batches] : who->lines) {
      if (who->alive && !batches.empty()) lines.emplace_back(who.get(), line);
    }
  }
  if (lines.empty()) return;
  const auto& [who, line] = chance_.one_of(lines);
  auto& batches = who->lines.at(line);
  const auto which = batches.begin() + static_cast<std::ptrdiff_t>(chance_.below(batches.size()));
  auto batch = std::move(*which);
  batches.erase(which);
  if (batches.empty()) who->lines.erase(line);
  note(fmt::format("an append of process {} to p{} fails", who->name, std::get<2>(line)));
  if (chance_.happens(.3)) {
    for (auto& record : batch.records) wild_.push_back(record);  // and yet it lands one day
  }
  batch.outcome.landed = false;
  who->places[std::get<0>(line)].reports.push_back(batch.outcome);
}

void world::meddle() {
  const auto partition = static_cast<std::uint32_t>(chance_.below(how_.namespaces.size()));
  const auto& open = audit_.truth(partition).runs();
  if (open.empty()) return;
  std::vector<run_key> runs;
  for (const auto& [key, run] : open) runs.push_back(key);
  std::ranges::sort(runs);
  const auto run = chance_.one_of(runs);
  const auto& id = open.at(run).workflow_id;
  const control_verb verbs[] = {control_verb::pause, control_verb::resume, control_verb::resume,
                                control_verb::cancel, control_verb::terminate};
  const auto verb = verbs[chance_.below(5)];
  const auto key = fmt::format("c{}", ++requests_);
  add_client(partition_index(partition), "control", id, key,
             control_record(id, verb, key, "an operator", now_, run));
}

void world::ask_a_query() {
  for (const auto& who : processes_) {
    if (!who->alive) continue;
    for (auto& place : who->places) {
      const auto& open = place.at->folded.runs();
      if (place.role != seat_role::owner || open.empty()) continue;
      auto run = open.begin();
      std::advance(run, chance_.below(open.size()));
      place.at->acts.query(run->first, ++tokens_, clock_of(*who));
      who->host.collect(*place.at);
      return;
    }
  }
}

/// When something is due for somebody; 0: nothing is.
timestamp world::next_due() const {
  timestamp next;
  for (std::size_t i = 0; i < how_.namespaces.size(); ++i) {
    const auto& due = audit_.truth(i).due();
    if (!due.empty() && (next.us == 0 || due.begin()->due < next)) next = due.begin()->due;
  }
  return next;
}

bool world::an_owner_waits() const {
  return std::ranges::any_of(processes_, [](const auto& who) {
    return who->alive && std::ranges::any_of(who->places, [](const auto& place) {
             return place.at->acts.next_wake() != timestamp{};
           });
  });
}

/// Faults are over: all that can complete does, without time but where something waits for it.
void world::end_quietly() {
  faults_ = false;
  how_.rate.chance = 0;
  for (int idle = 0, rounds = 0; idle < 3; ++rounds) {
    check(22, rounds < 20'000, "the quiet phase does not end");
    bool moved = sweep(1);
    if (!wild_.empty()) {
      auto record = std::move(wild_.back());
      wild_.pop_back();
      land(record.target, std::move(record.bytes));
      moved = true;
    }
    if (!moved) {
      now_ = std::max(now_ + milliseconds(20), next_due());
      moved = (idle > 0 && mend()) || next_due() > timestamp{} || an_owner_waits();
    }
    idle = moved ? 0 : idle + 1;
  }
  audit_.end();
  for (const auto& who : processes_) {
    if (!who->alive) continue;
    for (const auto& place : who->places) {
      check(5,
            place.at->folded.canonical() == audit_.truth(place.at->folded.self().value).canonical(),
            "process {} and p{} differ", who->name, place.at->folded.self());
      check(18, place.at->acts.remembered() == 0 || place.role != seat_role::owner,
            "the owner of p{} remembers {} runs", place.at->folded.self(),
            place.at->acts.remembered());
      check(22, place.role != seat_role::owner || place.at->acts.quiet(), "p{} is not quiet",
            place.at->folded.self());
    }
    check(22, who->host.attempts.empty() && who->host.activations.empty(), "code runs on");
    check(22, !who->host.somebody_alone(), "a run that is gone has the node for itself");
  }
  for (std::uint32_t i = 0; i < how_.namespaces.size(); ++i) {  // copies, at the very end
    const auto& records = log_.of(partition_index(i));
    for (int n = 0; n < 20; ++n) {
      const auto bytes = std::string(records[chance_.below(records.size())].bytes.view());
      land(partition_index(i), bytes);
    }
  }
}

/// The operator: mends the code, resumes what is parked or paused, asks what was never answered.
bool world::mend() {
  poisoned_.clear();
  for (auto& client : clients_) {
    if (!audit_.was_answered(client.key)) wild_.push_back({client.target, client.record});
  }
  for (std::uint32_t i = 0; i < how_.namespaces.size(); ++i) {
    for (const auto& [key, run] : audit_.truth(i).runs()) {
      if (run.status == run_status::open || !run.controls.empty()) continue;
      const auto request = fmt::format("r{}", ++requests_);
      wild_.push_back({partition_index(i), control_record(run.workflow_id, control_verb::resume,
                                                          request, "mended", now_, key)});
    }
  }
  return !wild_.empty();
}

}  // namespace perdure::runtime::model
