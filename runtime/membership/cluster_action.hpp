#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/membership/cluster_member.hpp"

namespace perdure::runtime::membership {

// What a record of the cluster log did.

struct member_joined {
  member_id member;
  std::string node;
};
struct member_heard {
  member_id member;
};
struct member_suspected {
  member_id member;
  member_id by;
};
/// A sign of life ended the suspicions of it.
struct member_refuted {
  member_id member;
};
struct member_leaving {
  member_id member;
};
enum class member_end : std::uint8_t {
  left = 1,  ///< cleanly, by its own word
  gone,      ///< others heard nothing of it
  replaced,  ///< its node joined again
};
std::string_view name(member_end value);
struct member_ended {
  member_id member;
  std::string node;
  session_id session;
  member_end how;
};
struct node_drained {
  std::string node;
  bool drained = false;
};
struct namespace_added {
  std::string name;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
struct member_warmed {
  member_id member;
  partition_index partition;
};
/// Another is to own it.
struct owner_changed {
  partition_index partition;
  member_id from;  ///< 0: nobody was to
  member_id to;    ///< 0: nobody may
};
/// A view counts.
struct view_taken {
  member_id by;
  offset forget;  ///< nobody needs what is before this record any more; 0: all is needed
};
/// A view is not what the fold made of the same records, or cannot be loaded. One of the two
/// programs has a bug: the fold goes on, without it.
struct view_refused {
  member_id by;
  std::string why;
};
/// The record had no effect: a copy, or void for a named reason.
struct ignored {
  std::string_view why;
};

using cluster_action =
    std::variant<member_joined, member_heard, member_suspected, member_refuted, member_leaving,
                 member_ended, node_drained, namespace_added, member_warmed, owner_changed,
                 view_taken, view_refused, ignored>;
using cluster_actions = std::vector<cluster_action>;

/// One line for logs and tests.
std::string to_text(const cluster_action& what);

}  // namespace perdure::runtime::membership
