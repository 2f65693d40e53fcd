#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/outcome.hpp"
#include "runtime/payload.hpp"

namespace perdure::runtime {

/// Why a step, call or run did not end well, as plain data. It travels between runs, namespaces and
/// processes as proto perdure.record.v1.Failure and is what a person reads in the history.
struct failure_info {
  outcome kind = outcome::failed;    ///< never ok
  std::string type;                  ///< stable word to act on, chosen by who failed
  std::string message;               ///< for people
  std::string origin;                ///< where it arose, e.g. "step `fetch`, attempt 3"
  std::vector<failure_info> causes;  ///< what it came from, nearest first
  bool operator==(const failure_info&) const = default;
};

/// What is kept of a failure when it is encoded: longer texts and deeper or wider chains are cut,
/// so that a failure always fits into a record.
inline constexpr std::size_t longest_failure_text = 8 * 1024;
inline constexpr std::size_t deepest_failure_chain = 16;
inline constexpr std::size_t widest_failure_causes = 8;
inline constexpr std::size_t most_failures_in_chain = 64;

/// Bytes that are not UTF-8 become '?': what() of a foreign exception may hold anything.
payload encode_failure(const failure_info& info);

/// Errors: invalid_argument, when the bytes are no failure.
expected<failure_info> decode_failure(std::string_view bytes);

/// A failure that no code wrote: the type is the outcome's name.
failure_info plain_failure(outcome kind, std::string message, std::string origin = {});

/// One line for people: "card_declined: the bank said no (step `charge`, attempt 2)".
std::string to_text(const failure_info& info);

}  // namespace perdure::runtime
