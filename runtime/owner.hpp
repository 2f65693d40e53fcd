#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/owner_output.hpp"
#include "runtime/postponed_steps.hpp"
#include "runtime/routes.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

struct owner_options {
  std::string node = "node";
  bool atomic_batches = true;
  std::size_t resident_runs =
      10'000;  ///< frames kept in memory per partition; the longest idle goes first
  duration idle = seconds(60);  ///< a frame without work goes after that
  std::size_t append_bytes =
      std::size_t{4} << 20;  ///< decisions of one event go out in requests of about that size
  std::size_t record_bytes = std::size_t{16}
                             << 20;  ///< a turn over that parks its run (DESIGN 7.6)
  std::size_t attempts = 10'000;     ///< handed out at once, at least 1, each with its arguments in
                                  ///< memory; the other steps wait in the log, and runs take turns
  std::size_t window = 1'000;  ///< messages of a channel handed out and not acknowledged, at least
                               ///< 1; only without atomic batches. The rest waits in the outbox
  /// Agents whose code is here; none: all. Of other agents' runs no step starts, for the steps are
  /// there where the agent is.
  std::optional<std::set<std::string, std::less<>>> hosted = {};
};

/// What a record says of its payload (names, keys, ids) takes no more.
inline constexpr std::size_t beside_a_body = std::size_t{4} << 10;

/// An attempt that was handed out and has not reported.
struct running_attempt {
  run_key run;
  thing_number step;
  attempt_number attempt;
};

/// Whether the node leaves or only this partition does: who asks may ask again.
inline constexpr std::string_view being_handed_over =
    "the partition is being handed over: ask again in a moment";

/// Decides for one partition while the log says that it may: which activations and attempts run,
/// what is appended, when. Pure: events in (records read, activations and attempts ended, time),
/// plain data out. It acts from what it has read, never from what it wrote (DESIGN 2.3): a turn is
/// released by `on_record` when it comes back as valid. One per partition, beside its state.
class owner {
 public:
  owner(state& folded, const routes& where, owner_options options);

  /// Appends a claim for this session. `suspects`: the runs noted in the page that survives a
  /// crash, nullopt without one (DESIGN 5.3). `view`: the last record of the cluster log that the
  /// node had read, 0 without one.
  void claim(session_id session, const std::optional<std::vector<run_key>>& suspects, timestamp now,
             offset view = {});
  /// A record was applied and did `what`.
  void on_record(const decoded_record& record, const actions& what, timestamp now);
  /// An activation that was ordered has run. REQUIRES: its frame was not dropped since it was
  /// ordered.
  void on_turn(run_key run, turn_seq seq, turn_result result, timestamp now);
  /// No executor here hosts the agent: the run waits with the condition `no_handler`.
  void on_no_handler(run_key run, turn_seq seq);
  void on_step_report(const step_report& report, timestamp now);
  void on_time(timestamp now);
  /// An append to another partition landed, or its outcome is unknown (DESIGN 3.3). Only without
  /// atomic batches. REQUIRES: a channel's outcomes come in the order in which it was appended to.
  void on_delivery(partition_index target, message_number number, bool landed, timestamp now);
  /// The payload of an owed message was read.
  void on_owed_body(body_ref where, payload content, timestamp now);
  /// The message record for `number`, from the turn that holds it as its outgoing `part`.
  std::string encode_message(const decoded_record& turn, std::uint32_t part,
                             message_number number) const;
  /// Another run's quarantine: no user code starts while true (DESIGN 5.3).
  void hold(bool silent, timestamp now);
  /// The node is silent: the run that `wants_alone` may go on.
  void grant_alone(timestamp now);
  /// Answers come through output().queries or .refusals, with this token, when all data before is
  /// consumed (DESIGN 6.9).
  void query(run_key run, std::uint64_t token, timestamp now);
  /// No new activation or attempt starts; when `settled_down()`, `hand_over` appends the last
  /// record of this epoch. `drain(false)` before a claim takes it back. REQUIRES then: !rules().
  void drain(bool on = true);
  void hand_over(timestamp now);

  /// The partition cannot go on: whatever runs for it is told to end, nothing is decided any more.
  void give_up(timestamp now) { lose(now); }

  bool rules() const { return role_ == role::owner; }
  /// It appended a claim and has not read it back.
  bool claiming() const { return role_ == role::claiming; }
  bool draining() const { return draining_; }
  /// The code of the run's agent is here.
  bool hosts(const run_state& run) const;
  /// Nothing that runs or flies: all that was decided was read back.
  bool quiet() const { return settled_down() && attempts_ == 0; }
  /// The same, but attempts of steps may still run: their results come late, or are repeated by the
  /// next owner.
  bool settled_down() const {
    return active_ == 0 && flying_ == 0 && !system_flying_ && asked_.empty();
  }
  /// A run in quarantine has the node for itself: to hand over now would hide that its code ends
  /// the process (DESIGN 5.3).
  bool runs_alone() const { return alone_granted_; }
  /// No user code runs that this owner waits for. What it dropped or told to stop may still run:
  /// who runs code must wait for that too before it calls itself silent.
  bool silent() const { return active_ == 0 && attempts_ == 0; }
  /// When on_time has something to do next, if no event comes before; 0: nothing.
  timestamp next_wake() const;
  std::size_t resident() const { return lru_.size(); }
  /// Attempts that were handed out and have not reported.
  std::size_t attempts() const { return attempts_; }
  /// These, in no order; and whether one of them still runs.
  std::vector<running_attempt> running() const;
  bool is_running(const running_attempt& which) const;
  /// Steps that wait for room in the window; and those of a run.
  std::size_t postponed() const { return postponed_.size(); }
  std::size_t postponed(run_key run) const { return postponed_.count(run); }
  /// Runs of which it knows more than the log says.
  std::size_t remembered() const { return work_.size(); }
  /// DESIGN invariant 15: the one named condition of an open run. Only who rules knows which of
  /// them run, or have no handler.
  std::string_view condition(const run_state& run) const;
  run_description describe(const run_state& run) const;

  /// What is to be done now; resets the output.
  owner_output take_output();
  /// Of it, whether a run that was alone, or wished to be, is not any more: before anything else.
  bool take_alone_over() { return std::exchange(out_.alone_over, false); }

 private:
  enum class role { reader, claiming, owner };
  enum class phase : std::uint8_t { idle, active, flying };

  struct waiting_query {
    std::uint64_t token = 0;
    offset asked;  ///< what was applied then must be consumed before it is answered
  };
  /// What goes on for a run beside what the log says.
  struct work {
    phase now = phase::idle;
    bool resident = false;
    bool replay_only = false;  ///< the activation only brings the frame back
    bool no_handler = false;
    bool asked_to_start = false;  ///< the `started` record of its activation was appended
    bool wants_answer = false;    ///< a query waits: consume what there is
    bool recheck_steps = false;   ///< a control turn flies: attempts may start after it
    std::uint32_t consumed = 0;   ///< how much of `data` the activation was given
    std::uint32_t enclosed = 0;   ///< how many of `held`
    turn_seq seq;                 ///< of the activation
    timestamp time;               ///< of the activation
    timestamp touched;
    std::vector<step_report> held;
    std::vector<log_line> log;
    std::vector<waiting_query> queries;
    digest turn;  ///< of the bytes of the turn that flies, without atomic batches
    std::list<run_key>::iterator place;  ///< in lru_, if resident
  };
  struct step_key {
    run_key run;
    thing_number step;
    bool operator==(const step_key&) const = default;
  };
  struct hash_of_step {
    std::size_t operator()(const step_key& key) const {
      return std::hash<run_key>{}(key.run) * 31 + key.step.value;
    }
  };
  struct channel_cursor {
    message_number sent;          ///< highest handed to the log
    message_number acknowledged;  ///< all up to here landed
    message_number reported;      ///< highest `sent` record appended
  };

  // owner_actions.cpp: what a record that was read back allows
  void begin(timestamp now);
  void lose(timestamp now);
  void after_record(timestamp now);
  void on_claimed(const claimed& claim, timestamp now);
  void on_void(const decoded_record& record, const turn_void& turn, timestamp now);
  void on_numbered(const decoded_record& record, const message_numbered& message, timestamp now);
  void stop_attempt(run_key run, thing_number step, attempt_number attempt);
  void on_began(const began& what, timestamp now);
  void on_settled(run_key run, thing_number step, timestamp now);
  void on_closed(run_key run, timestamp now);
  void perform(const decoded_record& record, const action& what, timestamp now);
  void release(const turn_recorded& turn, timestamp now);
  // owner.cpp: quarantine
  void ask_alone(run_key run, thing_number step);
  void next_alone();
  void end_alone(timestamp now);
  bool is_alone(run_key run, thing_number step) const {
    return alone_granted_ && alone_ == run && alone_step_ == step;
  }
  // owner_runs.cpp
  void consider(run_key key, timestamp now);
  bool runnable(const run_state& run, const work& on) const;
  bool held_results_wake(const run_state& run, const work& on) const;
  bool is_held_back(run_key run);
  void run_code(run_state& run, work& on, bool replay_only, timestamp now);
  void run_alone(run_state& run, work& on, timestamp now);
  void drop_lost_results(const run_state& run, work& on);
  void keep_bodies_small(run_key run, offset came);
  timestamp later(timestamp now);
  void activate(run_state& run, work& on, bool replay_only, timestamp now);
  void overtake(const run_state& run, work& on);
  void record_held(work& on, timestamp now);
  void drop_frame(run_key key, work& on);
  void touch(run_key key, work& on, timestamp now);
  void forget_idle(run_key key, const work& on);
  void answer_queries(run_state& run, work& on, timestamp now);
  static bool is_behind(const run_state& run, const waiting_query& query);
  void send_queries(const run_state& run, work& on);
  void refuse_queries(work& on, errc code, std::string_view why);
  std::size_t enclosable(const work& on) const;
  // owner_steps.cpp
  void consider_steps(const run_state& run, const decoded_record* record, timestamp now);
  void consider_step(const run_state& run, const thing& step, const decoded_record* record,
                     timestamp now);
  void consider_all(std::span<const run_key> runs, timestamp now);
  bool may_start(const run_state& run, const thing& step);
  bool has_room() const { return attempts_ + asked_.size() < options_.attempts; }
  void begin_attempt(const run_state& run, const thing& step, const decoded_record* record,
                     timestamp now);
  void start_attempt(const run_state& run, const thing& step, const decoded_record* record);
  void start_postponed(timestamp now);
  step_report as_a_record_holds(const step_report& report) const;
  void take_report(const step_report& report, timestamp now);
  void take_late_report(const step_report& report, timestamp now);
  void record_step_result(const step_report& report, timestamp now);
  // owner_turns.cpp
  append_request& request(std::size_t bytes = 0);
  std::size_t turn_bytes() const;
  void append_to(append_request& to, record_kind kind, const google::protobuf::Message& header,
                 timestamp time, slot_number slot, partition_index target,
                 std::span<const std::string_view> payloads);
  void append(record_kind kind, const google::protobuf::Message& header, timestamp time,
              slot_number slot, partition_index target,
              std::span<const std::string_view> payloads = {});
  std::uint32_t add_payload(std::string_view content);
  void begin_turn(run_key run, turn_seq last, digest before, run_status status);
  digest write_turn(slot_number slot, timestamp time);
  void fly(work& on, turn_seq seq, digest turn);
  void record_turn(run_state& run, work& on, const turn_result& result);
  void add_commands(const run_state& run, const turn_result& result);
  void add_call(const run_state& run, const call_agent& call, wire::Command& out);
  void add_cancel(const run_state& run, thing_number number, wire::Command& out);
  std::optional<partition_index> target_of_call(const run_state& run, thing_number number) const;
  void add_signal(const send_signal& signal, wire::Command& out);
  void add_outgoing(partition_index target, slot_number slot, wire::Body body,
                    std::string_view content, std::uint32_t payload_index);
  void unstage();
  void add_end(const run_state& run, run_status status, std::string_view result,
               std::uint32_t payload_index);
  void record_control(run_state& run, work& on, timestamp now);
  void record_parking(run_state& run, work& on, park_reason why, std::string_view detail,
                      timestamp now);
  void record_system_turn(timestamp now);
  void record_clock(timestamp now);
  // owner_outbox.cpp
  void send_outbox(partition_index target, const decoded_record* record, timestamp now);
  void confirm(partition_index target, timestamp now);
  void confirm_all(timestamp time);
  void write_sent(partition_index target, timestamp time);

  state& state_;
  const routes& routes_;
  owner_options options_;
  role role_ = role::reader;
  session_id session_;
  bool draining_ = false, held_ = false, handing_over_ = false, begins_ = false, gathering_ = false;
  run_key alone_;            ///< the run in quarantine that has the node for itself
  thing_number alone_step_;  ///< its step, 0: its activation
  bool alone_granted_ = false;
  std::vector<std::pair<run_key, thing_number>> wait_alone_;

  std::unordered_map<run_key, work> work_;
  struct attempt_state {
    attempt_number attempt;
    bool done = false;  ///< reported; what it reported was not read back yet
  };
  std::unordered_map<step_key, attempt_state, hash_of_step> running_;
  std::unordered_map<step_key, attempt_number, hash_of_step>
      asked_;                      ///< `started` records appended, not read back
  postponed_steps postponed_;      ///< for room in the window
  std::list<run_key> lru_;         ///< resident runs, the longest idle first
  std::set<run_key> held_back_;    ///< runs to consider when the hold ends
  std::vector<run_key> recheck_;   ///< and whose attempts may start again
  std::vector<run_key> released_;  ///< runs whose turn this record is
  std::size_t active_ = 0, flying_ = 0, attempts_ = 0;
  timestamp latest_;  ///< highest time given to a record
  bool system_flying_ = false;
  digest system_turn_;  ///< as work::turn
  std::map<body_ref, std::optional<payload>> owed_bodies_;
  bool clock_asked_ = false;
  std::map<partition_index, message_number> staged_;  ///< numbered, including turns not read back
  std::deque<std::pair<partition_index, message_number>> staged_order_;  ///< not read back
  std::map<partition_index, channel_cursor> channels_;
  std::set<partition_index> unconfirmed_;  ///< channels whose acknowledgements no `sent` tells yet
  timestamp confirm_at_;                   ///< at the latest; 0: there are none

  owner_output out_;
  // Reused between turns: the record being built.
  wire::Turn turn_;
  std::vector<std::string_view> payloads_;
  struct enclosed_message {
    partition_index target;
    slot_number slot;
    wire::Body body;
    std::string_view content;
    message_number number;
  };
  std::vector<enclosed_message> enclosed_;
};

}  // namespace perdure::runtime
