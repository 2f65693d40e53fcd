#pragma once

#include <string>
#include <variant>
#include <vector>

#include "runtime/run.hpp"

namespace perdure::runtime {

/// The applied outcome of a client's keyed request (DESIGN 3.7). On disk in no place; part of the
/// API's words.
enum class request_outcome : std::uint8_t {
  accepted = 1,
  attached = 2,  ///< id policy attach found a run
  not_found = 3,
  conflict = 4,  ///< same key, other body
  rejected = 5,  ///< the id policy refused
  too_late = 6,  ///< the key is older than the keys still held
  closed = 7,    ///< the run has ended already
};
std::string_view name(request_outcome value);

std::string_view name(control_verb value);
std::string_view name(item_kind value);

// What a record did. The owner performs actions in order, only those of records that were read
// back.

struct claimed {
  session_id session;
  epoch now;
  bool clean = false;
};
struct left {
  epoch now;
};  ///< handed over
struct config_changed {
  std::uint64_t version = 0;
};
struct run_opened {
  run_key run;
};
struct arrived {
  run_key run;
  item_kind kind;
  bool wakes = false;
};
struct control_arrived {
  run_key run;
  control_verb verb;
};
struct answered {
  key_id key;
  digest body;
  request_outcome result;
  run_key run;
  bool duplicate = false;
};
struct turn_recorded {
  run_key run;
  turn_seq seq;
};
struct turn_void {
  run_key run;
  turn_seq seq;
  std::string why;
};
struct attempt_opened {
  run_key run;
  thing_number step;
  attempt_number attempt;
};  ///< may start now
struct attempt_ended {
  run_key run;
  thing_number step;
  attempt_number attempt;
};  ///< tell whoever runs it to stop
struct retry_scheduled {
  run_key run;
  thing_number step;
  attempt_number attempt;
  timestamp due;
};
struct settled {
  run_key run;
  thing_number thing;
  outcome result;
};
struct began {
  run_key run;
  thing_number step;
  std::uint64_t attempt_or_seq = 0;
};  ///< a `started` record counts
struct message_numbered {
  partition_index target;
  message_number number;
  bool enclosed = false;
};
struct message_taken {
  partition_index source;
  message_number number;
};
struct refused {
  run_key caller;
  std::string caller_namespace;
  std::string why;
};  ///< permission, told to both sides
struct confirmed {
  partition_index target;
  message_number number;
};
struct owed {
  partition_index target;
};  ///< the partition owes a message: a system turn is due
struct time_advanced {
  timestamp now;
};
struct run_closed {
  run_key run;
  run_status status;
};
struct run_removed {
  run_key run;
};
struct convicted {
  run_key run;
};
/// The record had no effect: a copy, or void for a named reason.
struct ignored {
  std::string_view why;
};

using action =
    std::variant<claimed, left, config_changed, run_opened, arrived, control_arrived, answered,
                 turn_recorded, turn_void, attempt_opened, attempt_ended, retry_scheduled, settled,
                 began, message_numbered, message_taken, refused, confirmed, owed, time_advanced,
                 run_closed, run_removed, convicted, ignored>;
using actions = std::vector<action>;

/// One line for traces and logs.
std::string to_text(const action& what);

}  // namespace perdure::runtime
