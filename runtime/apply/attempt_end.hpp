#pragma once

#include "runtime/state.hpp"

namespace perdure::runtime {

/// How an attempt of a local step ended, from a record of its own or enclosed in a turn.
struct state::attempt_end {
  thing_number step;
  attempt_number attempt;
  outcome result = outcome::ok;
  bool retryable = false;
  body_ref body;
  payload content;
};

}  // namespace perdure::runtime
