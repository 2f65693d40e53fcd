#pragma once

#include <optional>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::actors {

/// Which wake-ups an actor has on their way to itself. A wake-up cannot be called back, so another
/// is sent only for a time before all of those: without this, each would beget one more for ever.
class wake_ups {
 public:
  /// True: a wake-up for `at` must be sent now.
  bool want(runtime::timestamp at) {
    if (!on_the_way_.empty() && on_the_way_.back() <= at) return false;
    on_the_way_.push_back(at);
    return true;
  }
  /// The earliest has arrived.
  void arrived() {
    if (!on_the_way_.empty()) on_the_way_.pop_back();
  }
  std::size_t on_the_way() const { return on_the_way_.size(); }

 private:
  std::vector<runtime::timestamp> on_the_way_;  ///< the earliest last
};

}  // namespace perdure::actors
