#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/membership/cluster_state.hpp"

namespace perdure::runtime::membership {

/// What a test's node joins with.
struct join_words {
  std::string node = "a";
  std::uint64_t session = 1;
  std::uint64_t replaces = 0;
  std::uint32_t weight = 1;
  std::vector<std::string> serves = {"alpha"};
  std::vector<hosted_agent> agents = {};  ///< in each of them
  std::string door = {};
};

// Records by hand.
std::string join_record(const join_words& words);
std::string heartbeat_record(member_id member, std::uint64_t number);
std::string suspect_record(member_id member, member_id by, offset heard);
std::string gone_record(member_id member, member_id by, offset suspicion);
std::string leaving_record(member_id member);
std::string left_record(member_id member);
std::string drain_words(std::string_view node, bool drained, std::uint64_t version);
std::string namespace_record(std::string_view name, std::uint32_t partitions,
                             std::uint64_t log = 7);
std::string warm_record(member_id member, std::initializer_list<std::uint32_t> partitions,
                        offset as_of);

/// The fold of a cluster log without members that decide: tests write each record themselves and
/// look at what it did.
class lone_cluster {
 public:
  /// Lets the record land and gives what it did, one action a line.
  std::string put(const std::string& record);
  /// The bytes of the record at that offset land again.
  std::string copy(offset of) { return put(std::string(log_.at(of.value - 1))); }
  /// REQUIRES: it counts.
  member_id join(join_words words);
  member_id join(std::string node, std::vector<std::string> serves = {"alpha"});
  /// The member's next one.
  std::string heartbeat(member_id member);
  /// Says that it is warm for whatever it reads.
  std::string warm(member_id member);
  std::string suspect(member_id member, member_id by);
  /// The end of whom it suspects.
  std::string gone(member_id member, member_id by);

  const placement& at(std::uint32_t partition) const {
    return folded.placements().at(partition_index(partition));
  }
  member_id owner(std::uint32_t partition) const { return at(partition).owner; }
  offset last() const { return folded.applied(); }
  const std::string& record(offset at) const { return log_.at(at.value - 1); }

  cluster_state folded{reading_from::first_record};

 private:
  cluster_decoder decoder_;
  std::vector<std::string> log_;
};

/// Applies one record of these bytes and gives what it did, one action a line.
std::string apply_to(cluster_state& folded, offset at, const std::string& record);

}  // namespace perdure::runtime::membership
