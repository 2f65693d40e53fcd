#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/membership/failure_detector.hpp"
#include "runtime/membership/heartbeat_timer.hpp"
#include "runtime/membership/member_options.hpp"
#include "runtime/membership/role_table.hpp"

namespace perdure::runtime::membership {

/// Where a node stands in the cluster.
enum class member_condition : std::uint8_t {
  reading = 1,  ///< the log is not read to the end yet
  joining,      ///< it has appended its join, or waits to
  present,      ///< a member
  leaving,      ///< a member that is to own nothing
  left,         ///< no member any more, by its own will
  stopped,      ///< never a member (again): `problem` says why
};
std::string_view name(member_condition value);

/// What a member wants done since it was asked last, each list in order.
struct member_output {
  std::vector<std::string> appends;                               ///< records for the cluster log
  std::vector<std::pair<partition_index, partition_role>> roles;  ///< those that changed
  cluster_actions told;  ///< what the records read did, for people; heartbeats apart
  offset forget;         ///< 0: nothing. The log may forget what is before this record
};

/// Decides for one node in the cluster: what it appends, and what it has to do with each partition
/// (DESIGN 9, docs/adr/0010-membership.md). Pure: events in (records read, time, what its
/// partitions' logs say, the wish to leave), plain data out. It believes what it has read, never
/// what it wrote; what was appended and is not read back it appends again. Owns its fold.
/// Times are monotonic. Not thread-safe; lives on one actor.
class member {
 public:
  member(member_options options, reading_from start);

  /// The next record of the cluster log.
  void on_record(const decoded_record& record, timestamp now);
  /// It has read what was the log's end when the process started: from now on it appends.
  void on_caught_up(timestamp now);
  void on_time(timestamp now);
  /// A partition's own log was read to its end, and it reads on. Counts while its role is to read
  /// it: to be said again when that begins again.
  void on_warm(partition_index partition, timestamp now);
  /// A partition's own log says who holds it now.
  void on_holder(partition_index partition, partition_holder holder, timestamp now);
  /// It is to leave: owns nothing any more, hands over what it holds, then says that it left.
  void leave(timestamp now);
  /// The process ends whatever it still holds: it says that it left at once.
  void end(timestamp now);
  /// What it has not read is forgotten: it begins to read at the log's new first record.
  void lose_place();

  const cluster_state& folded() const { return folded_; }
  member_condition condition() const;
  /// Set when `stopped`: invalid_argument (a namespace has another number of partitions),
  /// already_exists (another process goes by this node's name).
  const std::optional<error>& problem() const { return problem_; }
  /// 0: no member now.
  member_id self() const;
  const std::map<partition_index, partition_role>& roles() const { return roles_.roles(); }
  /// When `on_time` has something to do, if no event comes before.
  timestamp next_wake() const;
  /// What is to be done now; resets the output.
  member_output take_output();

 private:
  /// Of one kind of record: what was appended last, and when.
  struct asked {
    std::optional<std::uint64_t> what;
    timestamp at;
  };

  void perform(const cluster_action& what, timestamp now);
  void on_end(member_end how, timestamp now);
  void on_own_heartbeat();
  void decide(timestamp now);
  void find_problem();
  void join(timestamp now);
  bool register_namespaces(timestamp now);
  void stay(const cluster_member& self, timestamp now);
  void announce_warm(member_id self, timestamp now);
  void accuse(member_id self);
  void write_view(member_id self);
  bool may_ask(asked& kind, std::uint64_t what, timestamp now);
  void append(record_kind kind, const google::protobuf::Message& header);

  const member_options options_;
  cluster_state folded_;
  heartbeat_timer timer_;
  failure_detector detector_;
  role_table roles_;
  std::optional<error> problem_;
  /// Its namespaces as they were when it lost its place.
  std::map<std::string, cluster_namespace> places_;
  bool caught_up_ = false, leaves_ = false, ends_ = false;
  bool stayed_ = false;      ///< it was a member once
  std::uint32_t beats_ = 0;  ///< own heartbeats since it joined
  duration pause_;           ///< before it joins again, if it is declared gone again
  timestamp join_not_before_;
  asked join_, namespaces_, leaving_, left_;
  std::map<partition_index, asked> warm_;
  member_output out_;
};

}  // namespace perdure::runtime::membership
