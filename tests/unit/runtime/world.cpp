#include "tests/unit/runtime/world.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace perdure::runtime {

world::world(world_options options) : options_(std::move(options)) {
  options_.owner.atomic_batches = options_.atomic;
  std::map<std::string, std::vector<partition_index>> spaces;
  for (std::uint32_t i = 0; i < options_.namespaces.size(); ++i)
    spaces[options_.namespaces[i]].emplace_back(i);
  for (const auto& [name_space, partitions] : spaces) where.add(name_space, partitions);
  for (std::uint32_t i = 0; i < options_.namespaces.size(); ++i) {
    const auto& space = spaces.at(options_.namespaces[i]);
    const auto number = std::ranges::find(space, partition_index(i)) - space.begin();
    put(log_opened_record(7, options_.namespaces[i], static_cast<std::uint32_t>(number),
                          static_cast<std::uint32_t>(space.size())),
        i);
    put(config_record({1, options_.callers, options_.retention_seconds, options_.retention_runs}),
        i);
  }
  open_node();
  claim();
}

void world::open_node() {
  process = std::make_unique<node>(log, where);
  for (std::uint32_t i = 0; i < options_.namespaces.size(); ++i)
    process->add(partition_index(i), options_.owner);
}

void world::code(const std::string& workflow_id, script activations) {
  scripts_[workflow_id] = std::move(activations);
}

void world::land(append_request request) {
  for (const auto& entry : request.entries)
    log.append(entry.partition, request.bytes.substr(entry.begin, entry.length));
}

/// Without atomic batches: messages reach their targets, and their senders hear of it.
void world::deliver() {
  while (!process->messages.empty()) {
    auto message = std::move(process->messages.front());
    process->messages.pop_front();
    log.append(message.what.target, message.what.record);
    message.from->acts.on_delivery(message.what.target, message.what.number, true, now);
    process->collect(*message.from);
  }
}

void world::read() {
  bool moved = true;
  while (moved) {
    moved = false;
    while (!process->appends.empty()) {
      land(std::move(process->appends.front().what));
      process->appends.pop_front();
    }
    for (const auto& seat : process->seats) {
      while (seat->has_more()) {
        const auto read = seat->read_one(now);
        for (const auto& action : *read.did) said.push_back(to_text(action));
        process->collect(*seat);
        moved = true;
      }
    }
    deliver();
    while (!process->loads.empty()) process->load_one(now);
    moved |= process->move_alone(now) || !process->appends.empty();
  }
}

bool world::run_code() {
  const bool any = !process->activations.empty();
  const auto agent = [this](script_turn& turn, const seat&, const run_state& run) {
    const auto found = scripts_.find(run.workflow_id);
    const auto index = turn.frame().turns;
    if (found == scripts_.end() || index >= found->second.size()) return turn.complete("done");
    found->second[index](turn);
  };
  for (auto left = process->activations.size(); left > 0 && !process->activations.empty(); --left)
    process->finish(process->activations.begin(), agent, now);
  return any;
}

void world::go() {
  do {
    read();
  } while (run_code());
}

void world::pass(duration time) {
  now = now + time;
  for (const auto& seat : process->seats) {
    seat->acts.on_time(now);
    process->collect(*seat);
  }
}

offset world::put(std::string record, std::uint32_t partition) {
  return log.append(partition_index(partition), std::move(record));
}

run_key world::start(start_words words, std::uint32_t partition) {
  if (words.key == "k") words.key = fmt::format("key-{}", ++keys_);
  return {put(start_record(words, now), partition), {}};
}

void world::signal(std::string_view workflow_id, std::string_view name, std::string_view body) {
  put(signal_record(workflow_id, name, fmt::format("key-{}", ++keys_), body, now));
}

void world::control(std::string_view workflow_id, control_verb verb, std::string_view reason) {
  put(control_record(workflow_id, verb, fmt::format("key-{}", ++keys_), reason, now));
}

bool world::attempts(run_key run, std::uint32_t step) const {
  return std::ranges::any_of(process->attempts, [&](const node::attempt& attempt) {
    return attempt.what.run == run && attempt.what.step == thing_number(step) && !attempt.stopped;
  });
}

void world::end(run_key run, std::uint32_t step, std::string body, outcome result, bool retryable) {
  const auto found = std::ranges::find_if(process->attempts, [&](const node::attempt& attempt) {
    return attempt.what.run == run && attempt.what.step == thing_number(step);
  });
  INVARIANT(found != process->attempts.end(), "no attempt of step {} of run {} runs", step, run);
  step_report report;
  report.result = result;
  report.retryable = retryable;
  report.body = payload(std::move(body));
  report.took = milliseconds(1);
  process->finish(found, std::move(report), now);
}

void world::crash() { open_node(); }

void world::claim(const std::optional<std::vector<run_key>>& suspects) {
  for (const auto& seat : process->seats) {
    while (seat->has_more()) seat->read_one(now);
    process->collect(*seat);
  }
  ++session_;
  for (const auto& seat : process->seats) {
    seat->acts.claim(session_id(session_), suspects, now);
    process->collect(*seat);
  }
  read();
}

run_status world::status(run_key key, std::uint32_t partition) {
  const auto* closed = folded(partition).find_closed(key);
  const auto* open = folded(partition).find(key);
  INVARIANT(closed != nullptr || open != nullptr, "there is no run {}", key);
  return closed != nullptr ? closed->status : open->status;
}

std::string world::result(run_key key, std::uint32_t partition) {
  const auto* closed = folded(partition).find_closed(key);
  INVARIANT(closed != nullptr, "run {} has not closed", key);
  record_decoder decoder;
  const auto turn = decoder.decode(closed->result(), log.at(closed->result()));
  return std::string(body_of(*turn, 0).view());
}

std::string_view world::condition(run_key key, std::uint32_t partition) {
  const auto* open = run(key, partition);
  INVARIANT(open != nullptr, "run {} is not open", key);
  return acts(partition).condition(*open);
}

std::vector<std::string> world::records(std::uint32_t partition) {
  std::vector<std::string> lines;
  record_decoder decoder;
  for (const auto& entry : log.of(partition_index(partition)))
    lines.push_back(to_text(*decoder.decode(entry.at, entry.bytes)));
  return lines;
}

std::size_t world::count(record_kind kind, std::uint32_t partition) {
  std::size_t count = 0;
  for (const auto& entry : log.of(partition_index(partition)))
    count += record_view::parse(entry.bytes)->front().kind == kind ? 1 : 0;
  return count;
}

int world::heard(std::string_view text) const {
  return static_cast<int>(std::ranges::count_if(
      said, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace perdure::runtime
