#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/log.hpp"
#include "runtime/membership/cluster_record.hpp"
#include "runtime/membership/cluster_state.hpp"
#include "tests/sim/cluster_seat.hpp"

namespace perdure::sim {

/// The cluster log as it lands, with books of its own: nobody is accused, or declared gone, but by
/// one who has read back so many own heartbeats meanwhile, whatever any clock says
/// (docs/adr/0010-membership.md).
class membership_books {
 public:
  explicit membership_books(const membership_manners& how) : how_(how) {}

  /// Throws violated.
  void land(const runtime::log_record& record);
  /// What a node has folded must be what the log says up to there. Throws violated.
  static void compare(std::uint32_t node, const runtime::membership::cluster_state& folded,
                      std::span<const runtime::log_record> records);
  std::uint64_t ended() const { return ended_; }

 private:
  using member_id = runtime::membership::member_id;
  /// Those that counted.
  std::uint64_t heartbeats(member_id of, runtime::offset after) const;
  void check(const runtime::decoded_record& record);

  const membership_manners how_;
  runtime::membership::cluster_state folded_{runtime::membership::reading_from::first_record};
  runtime::membership::cluster_decoder decoder_;
  std::map<member_id, std::vector<runtime::offset>> heartbeats_;
  std::uint64_t ended_ = 0;  ///< members that were declared gone
};

}  // namespace perdure::sim
