#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/action.hpp"
#include "runtime/decoded_record.hpp"
#include "runtime/policy_table.hpp"

namespace perdure::runtime {

/// What waits for the clock, in the order in which it fires (DESIGN 2.8).
enum class due_kind : std::uint8_t { start = 1, timer = 2, retry = 3, deadline = 4 };
struct due_entry {
  timestamp due;
  run_key run;
  thing_number thing;
  due_kind kind = due_kind::timer;
  auto operator<=>(const due_entry&) const = default;
};

/// A message that waits to be confirmed by its target (DESIGN 3.3). Only where the log has no
/// atomic batches.
struct outbox_entry {
  message_number number;
  body_ref body;
};

/// A message that the partition itself owes until a system turn records it (DESIGN 2.6).
struct owed_message {
  partition_index target;
  wire::Body body;
  body_ref payload;
};

/// What is kept under a request key (DESIGN 3.7).
struct kept_key {
  digest body;
  request_outcome result = request_outcome::accepted;
  run_key run;
};

/// The state of one partition: the fold of its log, the same for whoever reads it. `apply` is pure:
/// no clock, no chance, no I/O, no user code. Not thread-safe; lives on one partition actor.
class state {
 public:
  explicit state(partition_index self) : self_(self) {}

  /// Applies the next record in log order and appends what it did to `out`. Never fails for a bad
  /// record: it is void, with a reason. REQUIRES: record.at above every offset applied before.
  void apply(const decoded_record& record, actions& out);

  // What the fold knows. Names as in DESIGN §1.
  partition_index self() const { return self_; }
  incarnation log() const { return log_; }
  const std::string& name_space() const { return name_space_; }
  std::uint32_t number() const { return number_; }
  std::uint32_t partitions() const { return partitions_; }
  offset applied() const { return applied_; }
  epoch current() const { return epoch_; }
  session_id session() const { return session_; }
  /// Of the claim that began the epoch: its node, and what that had read of the cluster log (0:
  /// there is none).
  const std::string& claim_node() const { return claim_node_; }
  offset claim_view() const { return claim_view_; }
  bool handed_over() const { return handed_over_; }
  timestamp time() const { return time_; }
  /// The earliest time that an input that is made now may bear: it repeats nothing that was
  /// forgotten (DESIGN 3.7), whatever other clocks said.
  timestamp earliest_input() const { return std::max(time_, {forgotten_.us + 1}); }
  /// Of the last clock: the next one must be later.
  timestamp fired() const { return fired_; }
  std::uint64_t config_version() const { return config_version_; }
  const std::vector<std::string>& callers() const { return callers_; }
  duration retention() const { return retention_; }
  std::uint32_t retention_runs() const { return retention_runs_; }

  run_state* find(run_key key);
  const run_state* find(run_key key) const;
  const closed_run* find_closed(run_key key) const;
  /// The newest run of that workflow id, open or closed; {0,0}: none kept.
  run_key newest(std::string_view workflow_id) const;
  const std::unordered_map<run_key, run_state>& runs() const { return runs_; }
  /// How many of them are so: kept, because a node is asked again and again and may have millions.
  struct run_counts {
    std::size_t parked = 0, paused = 0, woken = 0;
    bool operator==(const run_counts&) const = default;
  };
  const run_counts& counts() const { return counts_; }
  const std::unordered_map<run_key, closed_run>& closed() const { return closed_; }

  const std::set<due_entry>& due() const { return due_; }
  const std::map<partition_index, std::deque<outbox_entry>>& outbox() const { return outbox_; }
  message_number numbered(partition_index target) const;
  message_number taken(partition_index source) const;
  const std::deque<owed_message>& owed_messages() const { return owed_; }
  turn_seq system_seq() const { return system_seq_; }
  digest system_digest() const { return system_digest_; }

  const std::string& text(std::uint32_t name) const { return names_[name]; }
  const retry_policy& policy(std::uint32_t index) const { return policies_.at(index); }
  std::size_t policies() const { return policies_.size(); }
  /// Globally unique name of a run: namespace, partition number, incarnation and key (DESIGN 2.9).
  std::string run_id(run_key key) const;
  /// The key named by `run_id`, if it belongs to this partition.
  expected<run_key> parse_run_id(std::string_view text) const;

  /// The identity of a keyed request: its answer is an `answered` action with this key. `kind`:
  /// start, signal or control.
  key_id key_of_request(std::string_view kind, std::string_view workflow_id,
                        std::string_view key) const;

  /// Everything the fold knows, in one canonical order: for digests, marks and tests that compare
  /// two folds.
  std::string canonical() const;
  digest state_digest() const;

 private:
  // One file per record kind in runtime/apply/.
  void apply_log_opened(const decoded_record& record, actions& out);
  void apply_claim(const decoded_record& record, actions& out);
  void apply_handed_over(const decoded_record& record, actions& out);
  void apply_config(const decoded_record& record, actions& out);
  void apply_start(const decoded_record& record, actions& out);
  void apply_signal(const decoded_record& record, actions& out);
  void apply_control(const decoded_record& record, actions& out);
  void apply_message(const decoded_record& record, actions& out);
  void apply_step_result(const decoded_record& record, actions& out);
  void apply_turn(const decoded_record& record, actions& out);
  void apply_system_turn(const decoded_record& record, actions& out);
  void apply_started(const decoded_record& record, actions& out);
  void apply_clock(const decoded_record& record, actions& out);
  void apply_sent(const decoded_record& record, actions& out);

  // apply/claim.cpp
  void suspect(run_state& run, actions& out);
  void owner_lost(run_state& run, actions& out);
  // apply/message.cpp
  struct delivery;
  void deliver(const delivery& what, actions& out);
  bool may_call(const wire::Body& body) const;
  void deliver_call(const delivery& what, actions& out);
  void deliver_reply(const delivery& what, actions& out);
  void deliver_signal(const delivery& what, actions& out);
  void deliver_call_cancel(const delivery& what, actions& out);
  // apply/step_result.cpp
  struct attempt_end;
  void end_attempt(run_state& run, const attempt_end& end, actions& out);
  // apply/turn_check.cpp
  std::string_view void_reason(const wire::Turn& turn, const run_state* run) const;
  // apply/turn.cpp
  void consume(run_state& run, const wire::Turn& turn, actions& out);
  void open_things(run_state& run, const decoded_record& record, const wire::Turn& turn,
                   actions& out);
  void open_thing(run_state& run, const wire::Command& command, body_ref body, actions& out);
  void cancel_thing(run_state& run, thing_number number, actions& out);
  void send(const decoded_record& record, const wire::Turn& turn, actions& out);
  void set_waits(run_state& run, const wire::Turn& turn);

  // state_runs.cpp
  run_state& open_run(run_key key, std::string_view workflow_id, std::string_view agent,
                      std::string_view operation, slot_number slot, actions& out);
  void arrive(run_state& run, data_item item, actions& out);
  void begin_delayed(run_state& run, actions& out);
  // All changes of what is counted.
  void set_status(run_state& run, run_status status);
  void set_woken(run_state& run, bool woken);
  void settle(run_state& run, thing& what, data_item item, actions& out);
  bool wakes(run_state& run, const data_item& item);
  void close_run(run_state& run, offset at, actions& out);
  void remove_expired(actions& out);
  void owe(owed_message what, actions& out);
  void owe_result(const caller_ref& to, run_key from, outcome result, body_ref payload,
                  actions& out);
  void erase_due(run_key run, const thing& what);
  void drop_thing(run_state& run, thing_number number);

  // state_keys.cpp
  key_id key_of_workflow(std::string_view workflow_id) const;
  key_id key_of_caller(const caller_ref& caller) const;
  /// True if the request was answered from what is kept; else it is new.
  bool answer_again(const key_id& key, digest body, timestamp asked, actions& out);
  void keep(const key_id& key, digest body, timestamp asked, request_outcome result, run_key run,
            actions& out);
  void hold_key(const key_id& key, timestamp asked, run_key run);
  void forget_keys_of(const closed_run& run);

  std::uint32_t intern(std::string_view name);

  partition_index self_;
  incarnation log_;
  std::string name_space_;
  std::uint32_t number_ = 0, partitions_ = 0;
  offset applied_;
  epoch epoch_;
  session_id session_;
  std::string claim_node_;
  offset claim_view_;
  bool handed_over_ = false;
  timestamp time_, fired_;

  std::uint64_t config_version_ = 0;
  std::vector<std::string> callers_;  ///< namespaces that may call this one
  duration retention_ = seconds(24 * 3'600);
  std::uint32_t retention_runs_ = 50'000;

  std::unordered_map<run_key, run_state> runs_;
  run_counts counts_;  ///< follows from runs_, so it is no part of `canonical`
  std::unordered_map<run_key, closed_run> closed_;
  std::deque<run_key> closing_order_;
  struct hash_of_id {
    std::size_t operator()(const key_id& id) const { return id.low; }
  };
  std::unordered_map<key_id, run_key, hash_of_id>
      by_workflow_;  ///< hash of workflow id -> newest run
  std::unordered_map<key_id, run_key, hash_of_id>
      by_caller_;  ///< hash of (partition, run, command) -> open run called
  std::unordered_map<key_id, kept_key, hash_of_id> keys_;
  std::unordered_map<run_key, std::vector<key_id>>
      keys_of_;  ///< keys beside the start's that go when the run goes
  std::deque<std::pair<timestamp, key_id>>
      loose_keys_;       ///< of outcomes without a run: 24 h, at most 100,000
  timestamp forgotten_;  ///< inputs that old may repeat a forgotten key

  std::set<due_entry> due_;
  std::map<partition_index, message_number> numbered_;
  struct taken_from {
    incarnation log;
    message_number last;
  };
  std::map<partition_index, taken_from> taken_;
  std::map<partition_index, std::deque<outbox_entry>> outbox_;

  turn_seq system_seq_;
  digest system_digest_;
  std::deque<owed_message> owed_;

  std::vector<std::string> names_{""};
  struct hash_of_text : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint32_t, hash_of_text, std::equal_to<>> name_index_;
  policy_table policies_;
};

}  // namespace perdure::runtime
