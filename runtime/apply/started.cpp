#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

/// DESIGN 5.2, 5.3: before an `at_most_once` attempt, and before any code in quarantine.
void state::apply_started(const decoded_record& record, actions& out) {
  const auto& started = record.as<wire::Started>();
  auto* run = find(key_of(started.run()));
  if ((epoch(started.epoch()) != epoch_ && !MUTANT("started-of-any-epoch")) || run == nullptr) {
    REACHED("void-started");
    out.emplace_back(ignored{"of another epoch, or the run has closed"});
    return;
  }
  if (started.step() == 0) {
    if (turn_seq(started.seq()).value != run->seq.value + 1 || run->activation_started) {
      out.emplace_back(ignored{"not the next activation, or begun already"});
      return;
    }
    run->activation_started = true;
    out.emplace_back(began{run->key, {}, started.seq()});
    return;
  }
  auto* step = run->find(thing_number(started.step()));
  if (step == nullptr || step->kind != thing_kind::step || step->settled || step->started ||
      step->backing_off || step->attempt != attempt_number(started.attempt())) {
    out.emplace_back(ignored{"not the open attempt, or begun already"});
    return;
  }
  step->started = true;
  out.emplace_back(began{run->key, step->number, started.attempt()});
}

}  // namespace perdure::runtime
