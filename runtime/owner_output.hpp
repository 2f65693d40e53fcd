#pragma once

#include <string>
#include <vector>

#include "runtime/log.hpp"
#include "runtime/run.hpp"
#include "runtime/step_executor.hpp"

namespace perdure::runtime {

/// Run this activation. `journal` names the turns to load first, if the run has no frame; data
/// items marked `missing` want their bodies.
struct activation_order {
  run_key run;
  activation work;
  bool resident = false;        ///< the frame is there; else make one from `who`
  run_description who;          ///< only if not resident
  std::vector<offset> journal;  ///< only if not resident
};

/// Start this attempt. If `missing` is set, its arguments lie at that place.
struct attempt_order {
  step_attempt attempt;
  bool missing = false;
  body_ref arguments;
};

/// Append this message to its target; `record` is empty if the turn that holds it must be read
/// first.
struct message_order {
  partition_index target;
  message_number number;
  body_ref body;
  std::string record;
};

/// Answer this query from the run's frame.
struct query_order {
  run_key run;
  std::uint64_t token = 0;
};

/// A query that cannot be answered.
struct query_refusal {
  std::uint64_t token = 0;
  error why;
};

struct recorded_log_line {
  run_key run;
  log_line line;
};

/// What an owner wants done since the last drain, each list in order. Nothing of it refers to a
/// turn that was not read back, but activations, which have no effect yet, and appends.
struct owner_output {
  std::vector<append_request> appends;
  std::vector<message_order> messages;  ///< only where the log has no atomic batches
  std::vector<activation_order> activations;
  std::vector<attempt_order> attempts;
  std::vector<step_attempt>
      stops;  ///< attempts to stop: only partition, run, step and attempt are set
  std::vector<run_key> dropped_frames;
  std::vector<query_order> queries;
  std::vector<query_refusal> refusals;
  std::vector<recorded_log_line> log;
  std::vector<body_ref> owed_bodies;  ///< payloads that a system turn waits for
  bool wants_alone = false;           ///< a run in quarantine waits for the node to fall silent
  bool alone_over = false;            ///< and this is the end of it
};

}  // namespace perdure::runtime
