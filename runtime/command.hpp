#pragma once

#include <string>
#include <variant>
#include <vector>

#include "runtime/ids.hpp"
#include "runtime/outcome.hpp"
#include "runtime/payload.hpp"

namespace perdure::runtime {

/// When and how often a failed step is tried again (DESIGN 5.2). The wait before attempt n+1 is
/// min(initial * (factor_permille/1000)^(n-1), longest), times a jitter in [0.75, 1] drawn from the
/// hash of (run, step, attempt).
struct retry_policy {
  duration initial = milliseconds(200);   ///< wait before the second attempt, > 0
  std::uint32_t factor_permille = 2'000;  ///< growth per attempt, 1,000…10,000
  duration longest = seconds(60);         ///< upper bound of one wait
  std::uint32_t maximum_attempts = 0;  ///< 0: no limit. Attempts lost with their owner do not count
  duration total_time =
      {};  ///< from the step's turn; no retry becomes due later than that. 0: no limit
  auto operator<=>(const retry_policy&) const = default;
};

/// On disk in turns: never change or reuse.
enum class command_kind : std::uint32_t { step = 1, timer = 2, call = 3, cancel = 4, signal = 5 };

/// The commands of a turn, in the order the code gave them. `number` is the run's next thing
/// number: 1, 2, 3…
struct run_step {
  thing_number number;
  std::string name;
  payload arguments;
  step_mode mode = step_mode::at_least_once;
  retry_policy retry;
  duration attempt_timeout = {};  ///< counts from the attempt's execution, 0: none
};

struct start_timer {
  thing_number number;
  timestamp due;  ///< time of the turn + delay, or the time asked for
};

struct call_agent {
  thing_number number;
  std::string target_namespace;  ///< empty: the caller's own
  std::string agent;
  std::string operation;
  std::string workflow_id;  ///< never empty: the code's own or a hash of (run, turn, n)
  id_policy policy = id_policy::reject_running;
  close_policy on_close = close_policy::cancel;
  duration timeout = {};  ///< becomes the callee's deadline, 0: none
  payload input;
};

/// Asks to end what `number` opened: a step's attempt is told and its result becomes `cancelled`, a
/// timer never fires, a called run is sent a cancel (data) and its result is awaited.
struct cancel_thing {
  thing_number number;
};

/// A signal to another workflow, fire and forget: a missing target is nobody's failure.
struct send_signal {
  std::string target_namespace;
  std::string workflow_id;
  std::string name;
  payload body;
};

using command = std::variant<run_step, start_timer, call_agent, cancel_thing, send_signal>;

/// What replay compares (DESIGN 6.6) and what a difference is explained from.
struct command_summary {
  std::string kind;    ///< step, timer, call, cancel, signal
  std::string name;    ///< step's name, agent/operation, signal's name
  std::string target;  ///< namespace/workflow id, a timer's due time relative to the turn ("3s"),
                       ///< the cancelled number
  digest input;        ///< XXH3 of the encoded input, 0 where there is none
  bool operator==(const command_summary&) const = default;
};
command_summary summarise(const command& given, timestamp now);

/// The chain that proves a run's history: H(before, seq, summaries of the commands in order, how
/// the turn ended).
digest chain_digest(digest before, turn_seq seq, const std::vector<command_summary>& commands,
                    run_status status, digest result);

/// XXH3-64 of bytes, never 0.
digest hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace perdure::runtime
