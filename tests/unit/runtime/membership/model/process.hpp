#pragma once

#include <deque>
#include <map>
#include <string>

#include "runtime/membership/member.hpp"
#include "tests/unit/runtime/membership/model/mailbox.hpp"

namespace perdure::runtime::membership::model {

/// What a process knows of one partition, and does about it, as actors/partition.cpp does.
struct seat {
  mailbox folded;
  partition_role role;     ///< as the member said last
  bool said_warm = false;  ///< since it reads
  bool said_holder = false;
  timestamp claimed;        ///< when its claim went out that is not read back; 0: none
  timestamp hands_over_at;  ///< 0: it has no reason to
  bool stuck = false;       ///< it does not hand over, until another takes it
};

/// One life of a node: a member, its partitions, its clock, its place in the cluster log.
struct process {
  process(member_options options, reading_from start)
      : node(options.profile.node),
        session(options.profile.session),
        acts(std::move(options), start) {}

  std::string node;
  session_id session;
  member acts;
  std::map<partition_index, seat> seats;

  std::size_t read = 0;    ///< records of the cluster log
  std::size_t target = 0;  ///< that were there when it started
  bool caught_up = false;
  std::size_t pace = 1'000;  ///< records read in a tick

  std::int64_t clock_percent = 100;  ///< of the world's time
  duration clock_ahead;
  timestamp paused_until, cut_until;
  bool stops = false;  ///< it leaves, or never joins again
  timestamp trouble;   ///< when it last could not do what a member must

  timestamp clock(timestamp now) const {
    return timestamp{now.us / 100 * clock_percent} + clock_ahead;
  }
};

}  // namespace perdure::runtime::membership::model
