#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/membership/cluster_member.hpp"

namespace perdure::runtime::membership {

/// Whoever may own partitions of one namespace.
struct candidate {
  member_id id;
  std::string_view node;
  std::uint32_t weight = 1;  ///< 1…100
};

/// Weighted rendezvous hashing in whole numbers: the largest of `weight` hashes of (node,
/// partition, i). Of several candidates the highest score comes first with a chance in proportion
/// to its weight. The same on every machine; decides who owns what, so: never change.
std::uint64_t score(std::string_view node, std::uint32_t weight, partition_index partition);

/// All of them, the highest score first; equal ones by the node's name.
std::vector<member_id> ranking(std::span<const candidate> candidates, partition_index partition);

/// A member that reads a partition's log: its owner, its follower, or who is to become one.
struct reader {
  member_id member;
  offset since;       ///< the record of the cluster log by which it became one
  bool warm = false;  ///< it has read the log to its end

  bool operator==(const reader&) const = default;
};

/// Who has to do with one partition.
struct placement {
  member_id owner;              ///< 0: nobody may
  member_id follower;           ///< 0: there is no other
  std::vector<reader> readers;  ///< in order of rank; at most four, two when all are warm

  const reader* find(member_id member) const;
  bool operator==(const placement&) const = default;
};

/// Who is to have to do with a partition now. The first in rank owns it as soon as it is warm;
/// until then who owns it, or else the first that is warm, or the first. The follower is the first
/// in rank beside the owner that is warm, or else that is there. The first two read, to become
/// these. Pure: of rank, owner and warm readers. `now`: the record that made the question.
placement assign(std::span<const member_id> rank, const placement& before, offset now);

}  // namespace perdure::runtime::membership
