#include <algorithm>

#include "runtime/apply/attempt_end.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

constexpr duration longest_wait = seconds(100ll * 365 * 24 * 3'600);

/// The wait before the attempt after `failures` failures: see retry_policy. The jitter is the same
/// for every reader of the log.
duration backoff(const retry_policy& policy, std::uint32_t failures, std::uint64_t chance) {
  const auto longest = static_cast<double>(std::clamp(policy.longest, duration{}, longest_wait).us);
  auto wait = static_cast<double>(policy.initial.us);
  for (std::uint32_t i = 1; i < failures && wait < longest; ++i) {
    wait *= policy.factor_permille / 1'000.0;
  }
  wait = std::clamp(wait, 0.0, longest);
  const auto permille = 750 + static_cast<std::int64_t>(chance % 251);
  return {static_cast<std::int64_t>(wait) * permille / 1'000};
}

}  // namespace

void state::apply_step_result(const decoded_record& record, actions& out) {
  const auto& result = record.as<wire::StepResult>();
  if (!is_outcome(result.outcome())) {
    out.emplace_back(ignored{"an outcome that this core version does not know"});
    return;
  }
  auto* run = find(key_of(result.run()));
  if (run == nullptr) {
    REACHED("result-after-the-run-closed");
    out.emplace_back(ignored{"the run has closed"});
    return;
  }
  end_attempt(*run,
              {thing_number(result.step()),
               attempt_number(result.attempt()),
               static_cast<outcome>(result.outcome()),
               result.retryable(),
               {record.at, 0},
               record.view.body(result.body_payload())},
              out);
}

/// DESIGN 2.7: the first final result of an open step wins, from any of its attempts; a retryable
/// failure counts only for the current one.
void state::end_attempt(run_state& run, const attempt_end& end, actions& out) {
  auto* step = run.find(end.step);
  if (step == nullptr || step->kind != thing_kind::step ||
      (step->settled && !MUTANT("second-result-kept"))) {
    REACHED("late-report");
    out.emplace_back(ignored{"the step is not open, or has its final result"});
    return;
  }
  const bool may_retry = end.retryable && end.result != outcome::ok &&
                         (step->mode == step_mode::at_least_once || MUTANT("at-most-once-retried"));
  if (may_retry && (end.attempt != step->attempt || step->backing_off) &&
      !MUTANT("stale-failure-counts")) {
    REACHED("stale-failure");
    out.emplace_back(ignored{"a failure that may be retried, but not of the current attempt"});
    return;
  }
  if (may_retry) {
    const auto& policy = this->policy(step->policy);
    const auto failures = step->failures + 1;
    const auto chance =
        hash_bytes(fmt::format("{} {}", step->number, step->attempt), run.seed).value;
    const auto due = time_ + backoff(policy, failures, chance);
    const bool attempts_left = policy.maximum_attempts == 0 || failures < policy.maximum_attempts;
    const bool time_left = policy.total_time.us == 0 || due <= step->opened + policy.total_time;
    if ((attempts_left || MUTANT("one-attempt-too-many")) && time_left) {
      step->failures = failures;
      step->attempt = attempt_number(step->attempt.value + 1);
      step->started = false;
      step->backing_off = true;
      step->last_failure = end.body;
      step->due = due;
      due_.insert({due, run.key, step->number, due_kind::retry});
      out.emplace_back(retry_scheduled{run.key, step->number, step->attempt, due});
      return;
    }
  }
  if (end.attempt != step->attempt && !step->backing_off)
    out.emplace_back(attempt_ended{run.key, step->number, step->attempt});
  settle(run, *step,
         {item_kind::step_result,
          end.body.at,
          end.body.part,
          step->number,
          end.attempt,
          end.result,
          {},
          end.content},
         out);
}

}  // namespace perdure::runtime
