#pragma once

#include "runtime/turn_executor.hpp"

namespace perdure {

/// What a query may see beside the members of the run's object, which stand as its last turn left
/// them.
class query_context {
 public:
  query_context(const runtime::run_description& run, runtime::timestamp now)
      : run_(run), now_(now) {}

  const runtime::run_description& info() const { return run_; }
  /// The time of the run's last turn.
  runtime::timestamp now() const { return now_; }

 private:
  const runtime::run_description& run_;
  runtime::timestamp now_;
};

}  // namespace perdure
