#include <algorithm>

#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

constexpr std::uint8_t suspicions_counted =
    200;  // two matter; bounded so that the count never wraps

bool is_open_attempt(const thing& open) {
  return open.kind == thing_kind::step && !open.settled && !open.backing_off;
}

/// Without a page of notes nobody knows what ran: all runs with waiting data or open attempts did.
bool may_have_run(const run_state& run) {
  return !run.data.empty() || std::ranges::any_of(run.things, is_open_attempt);
}

}  // namespace

/// DESIGN 2.2, 5.1: a claim is valid only if it names the epoch that it replaces; its offset is the
/// new one. §5.3: a clean one neither counts nor forgives.
void state::apply_claim(const decoded_record& record, actions& out) {
  const auto& claim = record.as<wire::Claim>();
  if (epoch(claim.replaces()) != epoch_ && !MUTANT("claim-without-cas")) {
    REACHED("claim-lost-the-race");
    out.emplace_back(ignored{"the claim names another epoch than the current one"});
    return;
  }
  const auto session = session_id(claim.session());
  const bool clean = handed_over_ || session == session_ ||  // who claims again has not died
                     MUTANT("every-claim-clean");
  out.emplace_back(claimed{session, epoch(record.at.value), clean});
  std::vector<run_key> order;  // of the actions: one order for every reader
  order.reserve(runs_.size());
  for (const auto& [key, run] : runs_) order.push_back(key);
  std::ranges::sort(order);
  std::vector<run_key> noted;
  for (const auto& key : claim.suspects()) noted.push_back(key_of(key));
  std::ranges::sort(noted);
  for (const auto key : order) {
    auto& run = runs_.at(key);
    if (!clean && run.status != run_status::parked &&
        (claim.suspects_known() && !MUTANT("suspects-not-named")
             ? std::ranges::binary_search(noted, key)
             : may_have_run(run))) {
      suspect(run, out);
    }
    owner_lost(run, out);
  }
  if (session == session_) REACHED("same-session-claimed-again");
  if (handed_over_) REACHED("claim-after-a-hand-over");
  if (MUTANT("keys-forgotten-by-a-claim")) keys_.clear();
  epoch_ = epoch(record.at.value);
  session_ = session;
  claim_node_ = claim.node();
  claim_view_ = offset(claim.view());
  handed_over_ = false;
}

/// DESIGN 5.3: it was running when its owner's process ended, or may have been.
void state::suspect(run_state& run, actions& out) {
  const bool begun =
      run.activation_started || std::ranges::any_of(run.things, [](const thing& step) {
        return is_open_attempt(step) && step.started;
      });
  if (in_quarantine(run) && (begun || MUTANT("convicted-without-trial")) && !run.convicted) {
    REACHED("run-convicted");
    run.convicted = true;
    out.emplace_back(convicted{run.key});
  }
  if (run.suspect < suspicions_counted && !MUTANT("suspicion-not-counted")) ++run.suspect;
  if (in_quarantine(run)) REACHED("run-in-quarantine");
}

/// Ends the attempts and activations of the previous owner.
void state::owner_lost(run_state& run, actions& out) {
  run.activation_started = false;
  for (std::size_t i = 0; i < run.things.size(); ++i) {
    auto& step = run.things[i];
    if (!is_open_attempt(step)) continue;
    out.emplace_back(attempt_ended{run.key, step.number, step.attempt});
    if (step.mode == step_mode::at_most_once && step.started &&
        !MUTANT("at-most-once-lost-and-repeated")) {
      REACHED("at-most-once-unknown");
      settle(run, step,
             {item_kind::step_result,
              applied_,
              0,
              step.number,
              step.attempt,
              outcome::outcome_unknown,
              {},
              {}},
             out);
    } else {
      step.attempt =
          attempt_number(step.attempt.value + (MUTANT("attempt-kept-by-a-claim") ? 0 : 1));
      step.started = false;
      if (MUTANT("claim-counts-no-failures")) step.failures = 0;
    }
  }
}

}  // namespace perdure::runtime
