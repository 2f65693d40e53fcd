#include "runtime/outcome.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime {

std::string_view name(outcome value) {
  switch (value) {
    case outcome::ok:
      return "ok";
    case outcome::failed:
      return "failed";
    case outcome::timed_out:
      return "timed_out";
    case outcome::cancelled:
      return "cancelled";
    case outcome::terminated:
      return "terminated";
    case outcome::outcome_unknown:
      return "outcome_unknown";
    case outcome::denied:
      return "denied";
    case outcome::not_found:
      return "not_found";
    case outcome::rejected:
      return "rejected";
    case outcome::too_large:
      return "too_large";
  }
  INVARIANT(false, "outcome {} has no name", static_cast<int>(value));
}

std::string_view name(run_status value) {
  switch (value) {
    case run_status::open:
      return "open";
    case run_status::paused:
      return "paused";
    case run_status::parked:
      return "parked";
    case run_status::completed:
      return "completed";
    case run_status::failed:
      return "failed";
    case run_status::cancelled:
      return "cancelled";
    case run_status::terminated:
      return "terminated";
    case run_status::timed_out:
      return "timed_out";
  }
  INVARIANT(false, "run status {} has no name", static_cast<int>(value));
}

std::string_view name(park_reason value) {
  switch (value) {
    case park_reason::nondeterminism:
      return "nondeterminism";
    case park_reason::exception:
      return "exception";
    case park_reason::poison:
      return "poison";
    case park_reason::limit:
      return "limit";
  }
  INVARIANT(false, "park reason {} has no name", static_cast<int>(value));
}

}  // namespace perdure::runtime
