#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/body.hpp"
#include "runtime/client.hpp"
#include "runtime/command.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::runtime {

/// A request key or an id with its scope, hashed to 128 bits.
struct key_id {
  std::uint64_t high = 0, low = 0;
  bool operator==(const key_id&) const = default;
  constexpr explicit operator bool() const { return high != 0 || low != 0; }
};

/// Who called a run: a run of a partition, or nobody (a client).
struct caller_ref {
  partition_index partition;
  run_key run;
  thing_number command;
  bool operator==(const caller_ref&) const = default;
};

/// A control waits apart from the data and never behind it (DESIGN 2.5).
struct control_item {
  control_verb verb = control_verb::pause;
  offset at;
  std::uint32_t part = 0;
  std::string reason;
};

/// On disk in commands and in traces: never change or reuse.
enum class thing_kind : std::uint8_t { step = 1, timer = 2, call = 3 };

/// What a run opened and has not consumed the end of.
struct thing {
  thing_number number;
  thing_kind kind = thing_kind::step;
  bool settled = false;  ///< has its final result, which waits to be consumed
  outcome result = outcome::ok;
  // step
  step_mode mode = step_mode::at_least_once;
  bool started = false;      ///< its `started` record stands open
  bool backing_off = false;  ///< the next attempt opens at `due`
  attempt_number attempt{1};
  std::uint32_t failures = 0;  ///< attempts that count against the maximum
  std::uint32_t name = 0;      ///< index of the interned name: step, or agent/operation
  std::uint32_t policy = 0;    ///< index of the interned retry policy
  timestamp opened;            ///< log time
  duration attempt_timeout;
  // timer, and a step that backs off
  timestamp due;
  // step: arguments; call: input
  body_ref body;
  body_ref last_failure;  ///< of a step's attempt before this one, none: it did not fail
  // call
  partition_index target;
  close_policy on_close = close_policy::cancel;
};

/// A wait as the fold counts it down. A need of 0: it was met.
struct open_wait {
  std::uint32_t need = 1;
  std::vector<thing_number> things;
};

/// An open run, as the log says it. Bodies are not part of it: a queued item's `body` is a cache
/// that may be empty.
struct run_state {
  run_key key;
  std::string workflow_id;
  std::uint32_t agent = 0, operation = 0, build = 0;  ///< interned names
  run_status status = run_status::open;
  park_reason parked = {};
  bool has_start = false;  ///< false: its start is delayed
  bool waits_for_signal = false;
  bool woken = false;  ///< something in `data` lets the code go on
  bool activation_started =
      false;                 ///< the `started` record of its activation in quarantine stands open
  bool convicted = false;    ///< its next turn parks it (DESIGN 5.3)
  std::uint8_t suspect = 0;  ///< unclean claims that named it since its last turn, counts to 200
  slot_number slot;
  std::uint64_t seed = 0;   ///< H(run id): random, uuids and keys are hashes of it (DESIGN 2.8)
  thing_number last_thing;  ///< highest number opened
  turn_seq seq;
  digest last;
  timestamp started, updated, deadline;
  timestamp first;         ///< when a delayed start is due; 0 once it has come
  key_id start_key;        ///< the request key that opened it, none: a call did
  timestamp latest_input;  ///< when the last keyed input for it was asked
  caller_ref caller;       ///< partition and run 0: a client
  bool has_caller = false;
  std::vector<caller_ref> attached;
  std::vector<data_item> data;
  std::vector<control_item> controls;
  std::vector<thing> things;  ///< by number
  std::vector<open_wait> waits;
  std::vector<offset> journal;          ///< its turns
  std::unique_ptr<std::string> detail;  ///< why it is parked, in words

  thing* find(thing_number number);
  const thing* find(thing_number number) const;
};

/// What is kept of a closed run for the retention (DESIGN 7.4).
struct closed_run {
  run_key key;
  std::string workflow_id;
  std::uint32_t agent = 0, operation = 0, build = 0;
  run_status status = run_status::completed;
  slot_number slot;
  bool has_caller = false;
  caller_ref caller;
  key_id start_key;
  timestamp latest_input;
  timestamp started, closed;
  turn_seq seq;
  std::vector<offset> journal;
  /// The closing turn's result.
  offset result() const { return journal.empty() ? offset{} : journal.back(); }
};

/// A run is in quarantine after two unclean claims without a recorded turn between (DESIGN 5.3).
constexpr bool in_quarantine(const run_state& run) { return run.suspect >= 2; }

}  // namespace perdure::runtime
