#pragma once

#include <cstdint>

#include "runtime/ids.hpp"

namespace perdure::transport {

/// How bundles are fetched.
enum class pace : std::uint8_t {
  at_once,  ///< a fetch is answered as soon as there is anything
  in_bulk,  ///< a fetch is answered when there is much, or bulk_wait has passed
};

/// Longest wait of a fetch in bulk. Well below the shortest time in which a partition gets another
/// leader (bundle_tail::shortest_election), so that it is not taken for one.
inline constexpr auto bulk_wait = runtime::milliseconds(5);
/// What ends it earlier.
inline constexpr std::uint32_t bulk_bytes = 256 * 1024;

/// Which pace suits what comes (docs/adr/0016-fetches-in-bulk.md). Pure; one thread.
class fetch_pace {
 public:
  /// Between two looks, about.
  static constexpr auto look_interval = runtime::milliseconds(100);

  /// A bundle was read, or counted as read.
  void count() { ++bundles_; }
  /// What suits what came since the last look, `since` ago, and before. REQUIRES: since > 0.
  pace look(runtime::duration since);

 private:
  pace pace_ = pace::at_once;
  std::int64_t bundles_ = 0;  ///< since the last look
  int looks_ = 0;             ///< in a row that spoke for the other pace
};

}  // namespace perdure::transport
