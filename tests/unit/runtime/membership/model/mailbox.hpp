#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::runtime::membership::model {

/// As much of a partition's own log as says who holds it: claims and hand-overs.
struct mailbox_record {
  enum class sort : std::uint8_t { claim, handed_over } what = sort::claim;
  session_id session;
  std::size_t epoch = 0;  ///< that a claim replaces, or that is handed over
  offset view;            ///< of a claim: what its node had read of the cluster log
};

/// The fold of that.
struct mailbox {
  std::size_t read = 0;   ///< records
  std::size_t epoch = 0;  ///< the last valid claim's place + 1
  session_id holder;      ///< 0: none, or it has handed over
  offset view;

  /// True: it counts.
  bool apply(const mailbox_record& record) {
    ++read;
    if (record.epoch != epoch) return false;
    if (record.what == mailbox_record::sort::claim) {
      epoch = read;
      holder = record.session;
      view = record.view;
      return true;
    }
    if (!holder) return false;
    holder = {};
    return true;
  }
};

}  // namespace perdure::runtime::membership::model
