#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::runtime {

/// How a step, timer, call or run ended. On disk: never change or reuse.
enum class outcome : std::uint8_t {
  ok = 1,          ///< the body is the value
  failed = 2,      ///< the body is a failure (failure.hpp): the code's own error
  timed_out = 3,   ///< an attempt's, a call's or a run's time ran out
  cancelled = 4,   ///< asked to stop, and did
  terminated = 5,  ///< ended by an operator or a closing parent, without running its code
  outcome_unknown =
      6,  ///< an `at_most_once` attempt was lost with its owner: it may have happened (DESIGN 5.2)
  denied = 7,      ///< the target namespace does not allow this caller (DESIGN 3.6)
  not_found = 8,   ///< no such workflow, agent or operation
  rejected = 9,    ///< the id policy refused: such a workflow is open, or was (DESIGN 2.9)
  too_large = 10,  ///< over a documented limit (DESIGN 7.6)
};

/// Stable lower-case word for tables, JSON and traces.
std::string_view name(outcome value);

/// Whether a number from a record is one of these.
constexpr bool is_outcome(std::uint32_t number) {
  return number >= static_cast<std::uint32_t>(outcome::ok) &&
         number <= static_cast<std::uint32_t>(outcome::too_large);
}

/// What became of a run: the last word of its last turn. On disk: never change or reuse.
enum class run_status : std::uint8_t {
  open = 1,    ///< runnable, running or waiting
  paused = 2,  ///< by an operator: no new attempt or activation starts
  parked = 3,  ///< its code cannot go on as it is (see park_reason): `resume` moves it
  completed = 4,
  failed = 5,
  cancelled = 6,
  terminated = 7,
  timed_out = 8,  ///< its deadline passed
};
std::string_view name(run_status value);
constexpr bool is_run_status(std::uint32_t number) {
  return number >= static_cast<std::uint32_t>(run_status::open) &&
         number <= static_cast<std::uint32_t>(run_status::timed_out);
}
constexpr bool is_closed(run_status value) { return value >= run_status::completed; }

/// Why a run is parked. On disk: never change or reuse.
enum class park_reason : std::uint8_t {
  nondeterminism = 1,  ///< replay asked for other commands than the journal holds (DESIGN 6.6)
  exception = 2,       ///< the code threw something that is not a perdure::failure (DESIGN 6.4)
  poison = 3,          ///< convicted of ending its owner's process (DESIGN 5.3)
  limit = 4,  ///< a turn over a limit that cannot be reported inside the workflow (DESIGN 7.6)
};
std::string_view name(park_reason value);
constexpr bool is_park_reason(std::uint32_t number) {
  return number >= static_cast<std::uint32_t>(park_reason::nondeterminism) &&
         number <= static_cast<std::uint32_t>(park_reason::limit);
}

/// On disk: never change or reuse.
enum class step_mode : std::uint8_t {
  at_least_once = 1,  ///< an attempt lost in a crash is repeated, with the same idempotency key
  at_most_once = 2,   ///< never repeated: a lost attempt ends as `outcome_unknown`
};

/// What happens when a workflow id is in use (DESIGN 2.9). On disk: never change or reuse.
enum class id_policy : std::uint8_t {
  reject_running = 1,  ///< refused while such a run is open
  reject_ever = 2,     ///< refused while such a run is open or kept (retention)
  attach = 3,          ///< gets the open run's result, or the kept result of the closed one
};

/// What becomes of a called run when its caller closes. On disk: never change or reuse.
enum class close_policy : std::uint8_t { cancel = 1, terminate = 2, abandon = 3 };

}  // namespace perdure::runtime
