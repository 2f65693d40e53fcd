#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/state.hpp"
#include "tests/unit/runtime/memory_log.hpp"

namespace perdure::runtime::model {

/// An invariant of DESIGN 12 does not hold.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `invariant`: its number in DESIGN 12.
template <class... Args>
void check(int invariant, bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) [[unlikely]]
    throw violation(
        fmt::format("invariant {}: {}", invariant, fmt::format(text, std::forward<Args>(args)...)));
}

/// Looks at every record when it lands, and at what the world is told, with books of its own.
class audit {
 public:
  audit(memory_log& log, std::size_t partitions, bool atomic);

  /// The record at the end of that partition has just landed.
  void land(partition_index where, offset at, const payload& bytes);
  /// An attempt does what it does in the world.
  void effect(partition_index where, run_key run, thing_number step, attempt_number attempt);
  /// Code of that run ended the process that owned its partition.
  void crashed(partition_index where, run_key run);
  /// Invariants 12 and 15, at any time.
  void books() const;
  /// When all is quiet.
  void end();
  void story_to(std::vector<std::string>& lines) { story_ = &lines; }

  const state& truth(std::size_t partition) const { return *truth_[partition]; }
  bool was_answered(const key_id& key) const {
    const std::pair id{key.high, key.low};
    return answers_.contains(id) || late_.contains(id);
  }
  std::size_t landed() const { return landed_; }

  /// Whether the end of that session may be laid to that run, by all that anybody can know.
  std::function<bool(session_id ruled, const run_state& run)> may_convict;
  /// Keys may be older than what the retention keeps.
  bool forgets = false;

 private:
  using run_id = std::pair<std::uint32_t, run_key>;
  using thing_id = std::tuple<std::uint32_t, run_key, std::uint32_t>;
  using channel = std::pair<std::uint32_t, std::uint32_t>;
  struct item {
    std::uint32_t kind = 0;
    std::uint64_t at = 0;
    std::uint32_t part = 0;
    std::uint32_t thing = 0;
    bool operator==(const item&) const = default;
  };
  struct opened {
    command_kind kind = command_kind::step;
    step_mode mode = step_mode::at_least_once;
    std::int64_t due = 0;
    bool cancelled = false;
    std::uint32_t most_attempts = 0, failures = 0;  ///< of attempts that were tried again
  };
  struct kept_answer {
    request_outcome result = request_outcome::accepted;
    digest body;
    run_id run;  ///< the key goes with it
  };
  struct sent_message {
    bool enclosed = false;
    std::string body;
  };

  struct look;  // one record, while it is looked at
  void one(look& at, const turn_recorded& turn);
  void one(look& at, const turn_void& turn);
  void one(look& at, const arrived& came);
  void one(look& at, const settled& end);
  void one(look& at, const retry_scheduled& retry);
  void one(look& at, const answered& answer);
  void one(look& at, const message_numbered& message);
  void one(look& at, const message_taken& message);
  void one(look& at, const confirmed& sent);
  void one(look& at, const began& what);
  void one(look& at, const left& what);
  void one(look& at, const claimed& claim);
  void one(look& at, const time_advanced& time);
  void one(look& at, const run_closed& close);
  void one(look& at, const run_removed& gone);
  void one(look& at, const convicted& run);
  template <class Other>
  void one(look&, const Other&) {}
  void only_in_its_epoch(const look& at, std::uint64_t named) const;
  void consumed(look& at, const wire::Turn& turn);
  void commanded(look& at, const wire::Turn& turn);
  void settled_ones_wait(const look& at, run_key key) const;

  memory_log& log_;
  bool atomic_;
  std::vector<std::unique_ptr<state>> truth_;
  record_decoder decoder_;
  std::vector<std::string>* story_ = nullptr;
  std::size_t landed_ = 0;

  std::unordered_set<std::uint64_t> effective_;  // hashes of (partition, bytes)
  std::map<std::uint32_t, std::uint64_t> epochs_;
  std::map<std::uint32_t, std::int64_t> times_;
  std::map<run_id, std::pair<std::uint64_t, std::uint64_t>> chains_;
  std::map<run_id, timestamp> turned_;     // of its last turn
  std::map<run_id, run_status> standing_;  // paused or parked
  std::map<run_id, std::deque<item>> waiting_;
  std::set<run_id> closed_, removed_;
  std::map<thing_id, opened> opened_;
  std::map<thing_id, outcome> outcomes_;
  std::map<thing_id, int> efforts_;
  std::set<std::pair<thing_id, std::uint32_t>> attempts_;
  std::map<channel, std::vector<sent_message>> numbered_;
  std::map<channel, std::size_t> taken_, confirmed_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, kept_answer> answers_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> late_;
  std::map<run_id, int> crashes_;
};

}  // namespace perdure::runtime::model
