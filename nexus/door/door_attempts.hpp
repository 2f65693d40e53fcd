#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::nexus {

/// Which door of a namespace to try, and when: the one that worked last, else the next; when all
/// have failed, after a pause of 100 ms to 5 s. Pure; not thread-safe. Times are monotonic.
class door_attempts {
 public:
  /// Where doors are, as the registry says. Others than before: all are tried again at once.
  /// `begin` says with which, so that not all nodes go to one.
  void set(std::vector<std::string> doors, std::uint64_t begin);
  const std::vector<std::string>& doors() const { return doors_; }

  /// Nullopt: none is announced, or it pauses.
  std::optional<std::string> next(runtime::timestamp now) const;
  /// When the pause is over; 0: there is none.
  runtime::timestamp not_before() const { return not_before_; }
  void succeeded();
  /// True: all have, and a pause begins; `chance` is for its jitter.
  bool failed(runtime::timestamp now, std::uint64_t chance);

 private:
  std::vector<std::string> doors_;
  std::size_t at_ = 0;      ///< which of them is next
  std::size_t failed_ = 0;  ///< how many have, since one worked or the last pause
  runtime::duration pause_;
  runtime::timestamp not_before_;
};

}  // namespace perdure::nexus
