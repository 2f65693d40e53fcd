#include "runtime/error.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime {

std::string_view name(errc code) {
  switch (code) {
    case errc::invalid_argument:
      return "invalid_argument";
    case errc::not_found:
      return "not_found";
    case errc::already_exists:
      return "already_exists";
    case errc::denied:
      return "denied";
    case errc::too_large:
      return "too_large";
    case errc::too_late:
      return "too_late";
    case errc::overloaded:
      return "overloaded";
    case errc::unavailable:
      return "unavailable";
    case errc::timed_out:
      return "timed_out";
    case errc::outcome_unknown:
      return "outcome_unknown";
    case errc::corrupt:
      return "corrupt";
    case errc::unsupported_format:
      return "unsupported_format";
    case errc::io_failed:
      return "io_failed";
    case errc::no_space:
      return "no_space";
    case errc::locked:
      return "locked";
    case errc::failed_state:
      return "failed_state";
  }
  INVARIANT(false, "error code {} has no name", static_cast<int>(code));
}

}  // namespace perdure::runtime
