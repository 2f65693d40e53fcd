#include "runtime/author/step_context.hpp"

#include <algorithm>

#include "runtime/author/failure.hpp"

namespace perdure {

void step_context::throw_if_cancelled() const {
  switch (stop()) {
    case stop_reason::none:
      return;
    case stop_reason::cancelled:
      throw failure(runtime::plain_failure(outcome::cancelled, "the attempt was told to stop"));
    case stop_reason::timed_out:
      throw failure(runtime::plain_failure(outcome::timed_out, "the attempt's time is over"));
  }
}

std::optional<time_span> step_context::time_left() const {
  if (environment_.clock == nullptr || environment_.monotonic_deadline.us == 0) {
    return std::nullopt;
  }
  const auto left = environment_.monotonic_deadline - environment_.clock->monotonic();
  return to_time_span({std::max<std::int64_t>(left.us, 0)});
}

}  // namespace perdure
