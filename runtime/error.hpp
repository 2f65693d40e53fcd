#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace perdure::runtime {

/// What a caller can do about an error. A code exists only where some caller acts differently
/// (STYLE 14).
enum class errc : std::uint8_t {
  invalid_argument =
      1,            ///< permanent: the request itself is wrong; the message says what to change
  not_found,        ///< permanent: no such run, agent, operation, partition
  already_exists,   ///< permanent: id policy refused, or same key with another body ("conflict")
  denied,           ///< permanent: the namespace's permissions do not allow it
  too_large,        ///< permanent: over a documented limit
  too_late,         ///< permanent: the key is older than the keys still held (DESIGN 3.7)
  overloaded,       ///< retry: the edge refuses for load or disk space; nothing was taken
  unavailable,      ///< retry: not the owner, shutting down, not yet started
  timed_out,        ///< outcome unknown to the waiter: the work goes on
  outcome_unknown,  ///< an append failed or timed out: it may or may not be in the log (DESIGN 5.4)
  corrupt,          ///< permanent: damaged or regressed bytes; the message names file and place
  unsupported_format,  ///< permanent: written by a newer version
  io_failed,           ///< the disk or network refused; the message holds the system's words
  no_space,  ///< the disk is full: nothing acknowledged is lost; start again when there is space
  locked,    ///< another process holds the directory; the message holds its pid
  failed_state,  ///< permanent: the run's state does not allow it (closed, parked, not paused…)
};

/// Short stable name, part of the public API ("not_found").
std::string_view name(errc code);

/// An expected failure: a code to act on and a sentence for people (what, with which values, what
/// to change).
struct error {
  errc code;
  std::string message;

  bool operator==(const error&) const = default;
};

template <class T>
using expected = std::expected<T, error>;

inline std::unexpected<error> fail(errc code, std::string message) {
  return std::unexpected(error{code, std::move(message)});
}

}  // namespace perdure::runtime
