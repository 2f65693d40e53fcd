#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "runtime/log.hpp"

namespace perdure::sim {

/// Who may decide for a partition: the session whose claim began the epoch, and no other, however
/// sure it is (DESIGN 2.2).
class decisions {
 public:
  /// From now on that life's decisions are those of that session.
  void begin_life(std::uint64_t life, runtime::session_id session) { sessions_[life] = session; }
  void begin_epoch(runtime::partition_index partition, runtime::epoch which,
                   runtime::session_id whose) {
    owners_[{partition, which}] = whose;
  }
  /// A record of that life lands. Throws violated if it decides in an epoch that is another's.
  void check(const runtime::log_record& record, std::uint64_t life) const;

 private:
  std::map<std::uint64_t, runtime::session_id> sessions_;
  std::map<std::pair<runtime::partition_index, runtime::epoch>, runtime::session_id> owners_;
};

}  // namespace perdure::sim
