#include <algorithm>

#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

constexpr std::uint8_t suspicions_counted =
    200;  // two matter; bounded so that the count never wraps

}  // namespace

/// DESIGN 2.2, 5.1: a claim is valid only if it names the epoch that it replaces; its offset is the
/// new one.
void state::apply_claim(const decoded_record& record, actions& out) {
  const auto& claim = record.as<wire::Claim>();
  if (epoch(claim.replaces()) != epoch_) {
    out.emplace_back(ignored{"the claim names another epoch than the current one"});
    return;
  }
  const auto session = session_id(claim.session());
  const bool clean =
      handed_over_ || session == session_;  // a session that claims again has not died
  out.emplace_back(claimed{session, epoch(record.at.value), clean});
  std::vector<run_key> order;  // of the actions: one order for every reader
  order.reserve(runs_.size());
  for (const auto& [key, run] : runs_) order.push_back(key);
  std::ranges::sort(order);
  std::vector<run_key> suspects;
  for (const auto& key : claim.suspects()) suspects.push_back(key_of(key));
  std::ranges::sort(suspects);
  for (const auto key : order) {
    const bool named = !claim.suspects_known() || std::ranges::binary_search(suspects, key);
    owner_lost(runs_.at(key), clean, named, out);
  }
  epoch_ = epoch(record.at.value);
  session_ = session;
  handed_over_ = false;
}

/// Ends the attempts and activations of the previous owner. DESIGN 5.3: a clean claim neither
/// counts nor forgives.
void state::owner_lost(run_state& run, bool clean, bool named, actions& out) {
  const auto is_open = [](const thing& step) {
    return step.kind == thing_kind::step && !step.settled && !step.backing_off;
  };
  bool begun = run.activation_started, attempts = false;
  for (const auto& step : run.things) {
    if (!is_open(step)) continue;
    attempts = true;
    begun |= step.started && in_quarantine(run);
  }
  if (!clean && named && run.status == run_status::open && (attempts || !run.data.empty())) {
    if (in_quarantine(run) && begun && !run.convicted) {
      run.convicted = true;
      out.emplace_back(convicted{run.key});
    }
    if (run.suspect < suspicions_counted) ++run.suspect;
  }
  run.activation_started = false;
  for (std::size_t i = 0; i < run.things.size(); ++i) {
    auto& step = run.things[i];
    if (!is_open(step)) continue;
    out.emplace_back(attempt_ended{run.key, step.number, step.attempt});
    if (step.mode == step_mode::at_most_once && step.started) {
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
      step.attempt = attempt_number(step.attempt.value + 1);
      step.started = false;
    }
  }
}

}  // namespace perdure::runtime
