#include "tests/unit/runtime/model/world.hpp"

#include <algorithm>

#include "tests/unit/runtime/records.hpp"

namespace perdure::runtime::model {

world::world(const options& how)
    : how_(how), chance_(how.seed), audit_(log_, how.namespaces.size(), how.atomic) {
  std::map<std::string, std::vector<partition_index>> spaces;
  for (std::uint32_t i = 0; i < how_.namespaces.size(); ++i)
    spaces[how_.namespaces[i]].emplace_back(i);
  for (const auto& [name_space, partitions] : spaces) where_.add(name_space, partitions);
  audit_.forgets = how_.retention_runs != 0;
  audit_.may_convict = [this](session_id ruled, const run_state& run) {
    const auto end = ends_.find(ruled);  // a kill from outside cannot be told from a crash
    return end == ends_.end() || end->second == run.workflow_id || end->second == "fault" ||
           end->second == "left";
  };
  for (std::uint32_t i = 0; i < how_.namespaces.size(); ++i) {
    land(partition_index(i), log_opened_record(7, how_.namespaces[i], i, 1));
    land(partition_index(i), config_record({1, how_.callers, 0, how_.retention_runs}));
  }
  make_clients();
}

void world::story_to(std::vector<std::string>& lines) {
  story_ = &lines;
  audit_.story_to(lines);
}

void world::note(std::string text) {
  if (story_ != nullptr) story_->push_back(fmt::format("{:6} {}", now_.us / 1'000, text));
}

/// Client workflows live where their id says in namespace alpha.
partition_index world::home_of(std::string_view workflow_id) {
  return where_.find("alpha", workflow_id).partition;
}

void world::make_clients() {
  for (int i = 0; i < how_.clients; ++i) {
    start_words words;
    words.workflow_id = i == 4 ? "p0" : fmt::format("w{}", i);
    words.key = fmt::format("k{}", i);
    words.policy = static_cast<id_policy>(chance_.between(1, 3));
    words.input = fmt::format("{}", chance_.between(1, 7));
    if (chance_.happens(.1)) words.delay = milliseconds(chance_.between(1, 30));
    if (chance_.happens(.15)) words.timeout = milliseconds(chance_.between(1, 90));
    const auto home = home_of(words.workflow_id);
    add_client(home, "start", words.workflow_id, words.key, start_record(words, now_));
    if (chance_.happens(.2)) {  // the same key with another body
      words.input = "9";
      add_client(home, "start", words.workflow_id, words.key, start_record(words, now_));
    }
    for (auto n = chance_.below(3); n > 0; --n) {
      const auto key = fmt::format("s{}", ++requests_);
      add_client(home, "signal", words.workflow_id, key,
                 signal_record(words.workflow_id, "hello", key, "body", now_));
    }
    if (chance_.happens(how_.rate.poison)) {
      poisoned_[words.workflow_id] = {
          chance_.happens(.5) ? poison::place::activation : poison::place::attempt,
          1 + chance_.below(3)};
    }
  }
}

void world::add_client(partition_index target, std::string_view kind, std::string_view workflow_id,
                       std::string_view key, std::string record) {
  clients_.push_back({target, audit_.truth(target.value).key_of_request(kind, workflow_id, key),
                      std::move(record)});
}

void world::land(partition_index target, std::string bytes) {
  if (chance_.happens(.3)) log_.skip(1 + chance_.below(2));  // gaps are legal
  const auto at = log_.append(target, std::move(bytes));
  audit_.land(target, at, log_.at(at));
}

void world::run() {
  for (int i = 0; i < how_.chaos; ++i) {
    now_ = now_ + milliseconds(1);
    sweep(.7);
    fault();
    auto& asks = chance_.one_of(clients_);
    if (chance_.happens(!asks.asked ? .1 : audit_.was_answered(asks.key) ? .006 : .03)) {
      asks.asked = true;
      wild_.push_back({asks.target, asks.record});
    }
    if (!wild_.empty() && chance_.happens(.25)) {
      std::swap(chance_.one_of(wild_), wild_.back());
      auto record = std::move(wild_.back());
      wild_.pop_back();
      land(record.target, std::move(record.bytes));
    }
    if (chance_.happens(.05)) audit_.books();
  }
  end_quietly();
}

}  // namespace perdure::runtime::model
