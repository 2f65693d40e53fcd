#include <algorithm>
#include <cstring>

#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

constexpr std::size_t loose_keys_kept = 100'000;          // DESIGN 3.7
constexpr duration loose_keys_for = seconds(24 * 3'600);  // DESIGN 3.7

key_id hash_of(std::string_view bytes) {
  constexpr std::uint64_t second_seed = 0x5045524455524521;  // on disk by its effects: never change
  return {hash_bytes(bytes).value, hash_bytes(bytes, second_seed).value};
}

}  // namespace

key_id state::key_of_request(std::string_view kind, std::string_view workflow_id,
                             std::string_view key) const {
  std::string text;
  text.reserve(kind.size() + workflow_id.size() + key.size() + 2);
  text.append(kind).append(1, '\0').append(workflow_id).append(1, '\0').append(key);
  return hash_of(text);
}

key_id state::key_of_workflow(std::string_view workflow_id) const { return hash_of(workflow_id); }

key_id state::key_of_caller(const caller_ref& caller) const {
  char bytes[20];
  std::memcpy(bytes, &caller.partition.value, 4);
  std::memcpy(bytes + 4, &caller.run.created.value, 8);
  std::memcpy(bytes + 12, &caller.run.command.value, 4);
  std::memcpy(bytes + 16, &caller.command.value, 4);
  return hash_of({bytes, sizeof bytes});
}

bool state::answer_again(const key_id& key, digest body, timestamp asked, actions& out) {
  if (const auto found = keys_.find(key); found != keys_.end()) {
    const auto& kept = found->second;
    const bool same = kept.body == body || MUTANT("conflict-unnoticed");
    if (!same) REACHED("request-in-conflict");
    const auto result = same ? kept.result : request_outcome::conflict;
    REACHED("request-answered-again");
    out.emplace_back(answered{key, body, result, kept.run, true});
    return true;
  }
  if (asked <= forgotten_ && !MUTANT("forgotten-keys-taken-for-new")) {
    REACHED("too-late");
    out.emplace_back(answered{key, body, request_outcome::too_late, {}, false});
    return true;
  }
  return false;
}

void state::keep(const key_id& key, digest body, timestamp asked, request_outcome result,
                 run_key run, actions& out) {
  if (result != request_outcome::not_found || !MUTANT("not-found-forgotten"))
    keys_[key] = {body, result, run};
  hold_key(key, asked, run);
  out.emplace_back(answered{key, body, result, run, false});
}

/// The keys of a run go when it goes; the others after a day, or when there are too many.
void state::hold_key(const key_id& key, timestamp asked, run_key run) {
  const auto hold = [&](auto& by) {
    by.latest_input = std::max(by.latest_input, asked);
    if (by.start_key != key) keys_of_[run].push_back(key);
  };
  if (auto* open = find(run)) return hold(*open);
  if (const auto closed = closed_.find(run); closed != closed_.end()) return hold(closed->second);
  loose_keys_.emplace_back(asked, key);
  while (!loose_keys_.empty() && (loose_keys_.size() > loose_keys_kept ||
                                  loose_keys_.front().first + loose_keys_for < time_)) {
    forgotten_ = std::max(forgotten_, loose_keys_.front().first);
    keys_.erase(loose_keys_.front().second);
    loose_keys_.pop_front();
  }
}

/// A copy of what had one of these keys must not be taken for something new.
void state::forget_keys_of(const closed_run& run) {
  forgotten_ = std::max({forgotten_, run.closed, run.latest_input});
  keys_.erase(run.start_key);
  const auto others = keys_of_.find(run.key);
  if (others == keys_of_.end()) return;
  for (const auto& key : others->second) keys_.erase(key);
  keys_of_.erase(others);
}

}  // namespace perdure::runtime
