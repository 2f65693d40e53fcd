#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/error.hpp"

namespace perdure::runtime {

/// What a run is handed (DESIGN 2.5, 6.3). On disk in the turn that consumed it: never change or
/// reuse.
enum class item_kind : std::uint8_t {
  start = 1,         ///< body: the input
  signal = 2,        ///< name, body
  cancel = 3,        ///< body: the reason, as text
  step_result = 4,   ///< thing, result, body
  timer_fired = 5,   ///< thing
  call_result = 6,   ///< thing, result, body
  call_started = 7,  ///< thing; wakes nobody
  deadline = 8,      ///< the run's time is up: like cancel, ends as timed_out
};

/// One piece of data on its way to a run.
struct data_item {
  item_kind kind = item_kind::start;
  offset at;               ///< the record that brought it
  std::uint32_t part = 0;  ///< which of that record's (a turn's n-th message, a clock's n-th timer)
  thing_number thing;      ///< what it settles, if it settles something
  attempt_number attempt;  ///< of a step_result
  outcome result = outcome::ok;
  std::string name;  ///< of a signal; of call_started the callee's run id
  payload body;
  bool missing =
      false;  ///< the body must be read from the log first; never set in what an executor is given
};

/// Who a run is. Unchanged for its life.
struct run_description {
  std::string run_id;  ///< as shown to people and sent over the API; globally unique
  std::string name_space;
  std::string workflow_id;
  std::string agent;
  std::string operation;
  std::string parent;  ///< run id of the caller, empty if a client started it
  timestamp started;   ///< log time of its creation
  std::uint64_t seed =
      0;  ///< hash of the run id: random, uuid and keys are hashes of (seed, turn, n) (DESIGN 2.8)
};

/// A turn as the journal has it, for replay.
struct past_turn {
  turn_seq seq;
  timestamp now;
  std::vector<data_item> data;  ///< in the order consumed; the enclosed results last
  std::vector<command_summary> commands;
  digest before;
  digest after;
  std::string build;
};

/// One activation: workflow code runs from where it waits until nothing in it can go on.
struct activation {
  turn_seq seq;
  timestamp now;  ///< what ctx.now() says, never lower than the run's last turn
  digest before;  ///< of the run's last turn
  std::vector<past_turn>
      journal;  ///< the turns that this execution has not seen; empty for a resident one
  std::vector<data_item> data;  ///< to consume, in order; the enclosed results last. Empty: only
                                ///< bring the code back to where it waits
};

/// What would let the code go on: any `need` of these things settled, or one of them settled other
/// than ok. Things in no group wake nobody.
struct wait_group {
  std::uint32_t need = 1;
  std::vector<thing_number> things;
  bool operator==(const wait_group&) const = default;
};

/// A line that the code wrote with ctx.log, shown when its turn was read back.
struct log_line {
  enum class level : std::uint8_t { debug, info, warning, error } severity = level::info;
  std::string text;
};

/// The outcome of an activation: plain data, to be recorded before any of it has an effect.
struct turn_result {
  run_status status = run_status::open;  ///< open: waits
  std::vector<command> commands;
  std::vector<wait_group> waits;
  bool waits_for_signal = false;
  payload result;           ///< of a closed run: the value, or the failure
  park_reason parked = {};  ///< if status is parked: nothing is consumed, commands are empty
  std::string detail;  ///< parked: what a person must know, e.g. the difference that replay found
  std::vector<log_line> log;
  digest after;       ///< chain_digest of this turn
  std::string build;  ///< of the code that ran
};

/// One run's code, brought to life; owns its frame. Lives on one workflow actor.
class execution {
 public:
  virtual ~execution() = default;
  /// Replays `journal`, checks each turn's digest, then consumes `data`. Never throws: what user
  /// code throws becomes the result.
  virtual turn_result activate(const activation& work) = 0;
  /// Answers from the members of the run's object as of the last activation. Errors: not_found (no
  /// such query), invalid_argument, failed_state.
  virtual expected<payload> query(std::string_view name, const payload& input) = 0;
};

/// What an agent offers, for registries, the API's decoding and `perdure agents list`. Nodes tell
/// each other by its numbers: never change or reuse one.
enum class operation_kind : std::uint8_t { workflow = 1, function = 2, signal = 3, query = 4 };
struct operation_description {
  std::string name;
  operation_kind kind = operation_kind::workflow;
  std::string input_type;  ///< full protobuf name, empty: raw bytes
  std::string output_type;
  std::string id_template;  ///< how a workflow id is made from the request, e.g. "licence/{key}";
                            ///< empty: the caller's or a hash
};
struct agent_description {
  std::string name;
  std::string build;
  std::vector<operation_description> operations;
};

/// The seam behind which workflow code runs: in this process as C++ coroutines, or elsewhere
/// (DESIGN 6.1).
class turn_executor {
 public:
  virtual ~turn_executor() = default;
  virtual std::vector<agent_description> agents() const = 0;
  /// Makes the run's object; nothing of its code runs yet. Error not_found: no such agent or
  /// operation here.
  virtual expected<std::unique_ptr<execution>> open(const run_description& run) = 0;
};

}  // namespace perdure::runtime
