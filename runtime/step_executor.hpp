#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/ids.hpp"
#include "runtime/outcome.hpp"
#include "runtime/payload.hpp"

namespace perdure::runtime {

/// One attempt of a step, as plain data (DESIGN 6.1).
struct step_attempt {
  partition_index partition;
  run_key run;
  thing_number step;
  attempt_number attempt;
  std::string name;
  std::string key;  ///< idempotency key: hash of (run id, step), the same for every attempt
  payload arguments;
  duration timeout = {};  ///< counts from execution, not from the queue; 0: none
};

/// How an attempt ended.
struct step_report {
  partition_index partition;
  run_key run;
  thing_number step;
  attempt_number attempt;
  outcome result = outcome::ok;
  bool retryable =
      false;     ///< only if not ok: the retry policy decides whether there is another attempt
  payload body;  ///< the value, or the failure
  duration took = {};  ///< execution only
};

/// An attempt and who hears of its end.
struct ordered_attempt {
  step_attempt attempt;
  std::function<void(step_report)> done;  ///< called once, on any thread
};

/// The seam behind which steps run: a pool of threads in this process, or elsewhere.
class step_executor {
 public:
  virtual ~step_executor() = default;
  /// Runs them some time. An unknown name is a permanent failure `not_found`.
  virtual void start(std::vector<ordered_attempt> attempts) = 0;
  /// Tells a running attempt to stop and drops a queued one; its report still comes (cancelled, or
  /// what it managed to do).
  virtual void cancel(partition_index partition, run_key run, thing_number step,
                      attempt_number attempt) = 0;
};

}  // namespace perdure::runtime
