#include <algorithm>
#include <iterator>

#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

using output = std::back_insert_iterator<std::string>;

void print_run(output out, const run_state& run) {
  fmt::format_to(out,
                 "run {} {} agent {} {} build {} status {} parked {} start {} woken {} activation "
                 "{} convicted {} suspect {}\n",
                 run.key, run.workflow_id, run.agent, run.operation, run.build,
                 static_cast<int>(run.status), static_cast<int>(run.parked), run.has_start,
                 run.woken, run.activation_started, run.convicted, run.suspect);
  fmt::format_to(out, "  turn {} {} thing {} times {} {} {} {} {} caller {} {} {} {}\n", run.seq,
                 run.last, run.last_thing, run.started.us, run.updated.us, run.deadline.us,
                 run.first.us, run.latest_input.us, run.has_caller, run.caller.partition,
                 run.caller.run, run.caller.command);
  for (const auto& other : run.attached)
    fmt::format_to(out, "  attached {} {} {}\n", other.partition, other.run, other.command);
  for (const auto& item : run.data) {
    fmt::format_to(out, "  data {} {} {} {} {} {} {}\n", static_cast<int>(item.kind), item.at,
                   item.part, item.thing, item.attempt, static_cast<int>(item.result), item.name);
  }
  for (const auto& item : run.controls) {
    fmt::format_to(out, "  control {} {} {}\n", static_cast<int>(item.verb), item.at, item.part);
  }
  for (const auto& open : run.things) {
    fmt::format_to(out,
                   "  thing {} kind {} settled {} {} mode {} started {} backing off {} attempt {} "
                   "failures {} name {} due {} target {}\n",
                   open.number, static_cast<int>(open.kind), open.settled,
                   static_cast<int>(open.result), static_cast<int>(open.mode), open.started,
                   open.backing_off, open.attempt, open.failures, open.name, open.due.us,
                   open.target);
  }
  for (const auto& wait : run.waits) {
    fmt::format_to(out, "  wait {} of", wait.need);
    for (const auto number : wait.things) fmt::format_to(out, " {}", number);
    fmt::format_to(out, "\n");
  }
  fmt::format_to(out, "  waits for signal {} journal", run.waits_for_signal);
  for (const auto at : run.journal) fmt::format_to(out, " {}", at);
  fmt::format_to(out, "\n");
}

template <class Map>
auto sorted_keys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace

std::string state::canonical() const {
  std::string text;
  const output out(text);
  fmt::format_to(out,
                 "partition {} {} {} of {} log {} epoch {} session {} of {} view {} handed over {} "
                 "time {} fired {} "
                 "config {} {} {} {} forgotten {}\n",
                 self_, name_space_, number_, partitions_, log_, epoch_, session_, claim_node_,
                 claim_view_, handed_over_, time_.us, fired_.us, config_version_,
                 fmt::join(callers_, ","), retention_.us, retention_runs_, forgotten_.us);
  fmt::format_to(out, "system turn {} {}\n", system_seq_, system_digest_);
  for (const auto key : sorted_keys(runs_)) print_run(out, runs_.at(key));
  for (const auto key : closing_order_) {
    const auto& run = closed_.at(key);
    fmt::format_to(out, "closed {} {} {} {} {} turn {} result {} times {} {} {}\n", key,
                   run.workflow_id, run.agent, run.operation, static_cast<int>(run.status), run.seq,
                   run.result(), run.started.us, run.closed.us, run.latest_input.us);
  }
  std::vector<std::string> keys;
  for (const auto& [key, kept] : keys_) {
    keys.push_back(fmt::format("key {:016x}{:016x} {} {} {}\n", key.high, key.low, kept.body,
                               static_cast<int>(kept.result), kept.run));
  }
  for (const auto& [key, run] : by_workflow_)
    keys.push_back(fmt::format("workflow {:016x}{:016x} {}\n", key.high, key.low, run));
  for (const auto& [key, run] : by_caller_)
    keys.push_back(fmt::format("called {:016x}{:016x} {}\n", key.high, key.low, run));
  std::ranges::sort(keys);
  for (const auto& line : keys) text += line;
  for (const auto& [asked, key] : loose_keys_)
    fmt::format_to(out, "loose {} {:016x}{:016x}\n", asked.us, key.high, key.low);
  for (const auto& entry : due_) {
    fmt::format_to(out, "due {} {} {} {}\n", entry.due.us, entry.run, entry.thing,
                   static_cast<int>(entry.kind));
  }
  for (const auto& [target, number] : numbered_)
    fmt::format_to(out, "numbered {} {}\n", target, number);
  for (const auto& [source, taken] : taken_)
    fmt::format_to(out, "taken {} {} {}\n", source, taken.log, taken.last);
  for (const auto& [target, waiting] : outbox_) {
    for (const auto& entry : waiting) {
      fmt::format_to(out, "outbox {} {} {} {}\n", target, entry.number, entry.body.at,
                     entry.body.part);
    }
  }
  for (const auto& message : owed_) {
    fmt::format_to(out, "owed {} {} {} {}\n", message.target, message.body.ShortDebugString(),
                   message.payload.at, message.payload.part);
  }
  return text;
}

digest state::state_digest() const { return hash_bytes(canonical()); }

}  // namespace perdure::runtime
