#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/membership/cluster_state.hpp"
#include "tests/unit/runtime/membership/model/options.hpp"

namespace perdure::runtime::membership::model {

struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What happened, so that a test can see that it does.
struct sights {
  std::size_t records = 0, views = 0, suspected = 0, refuted = 0, gone = 0, replaced = 0, left = 0;
  std::size_t drained = 0, moved = 0, joined_again = 0, taken = 0, waited_out = 0;
  std::size_t lost_place = 0, stopped = 0;

  void operator+=(const sights& other);
};

/// Looks at every record when it lands, by a fold of its own, and throws `violation` if something
/// is not as docs/adr/0010-membership.md says.
class audit {
 public:
  audit(const options& how, dice chance) : how_(how), chance_(chance) {}

  /// The record stays where it is. `bytes`: their hash.
  void land(const decoded_record& record, digest bytes);
  /// A process has read as far.
  void compare(const cluster_state& other);
  /// A claim that counts took a partition from a session that had not handed it over. `has_read`:
  /// of the cluster log, by whoever claims.
  void on_taken(partition_index partition, session_id by, session_id from, offset has_read);
  /// A process was killed.
  void on_death(session_id who) { dead_.insert(who); }
  void books();

  const cluster_state& truth() const { return truth_; }
  void story_to(std::vector<std::string>& lines) { story_ = &lines; }

  /// No clock in this world jumps or differs in pace.
  bool true_clocks = false;
  /// Of a session: it lives, reads and writes, and did so lately.
  std::function<bool(session_id)> is_well;
  timestamp now;
  sights seen;

 private:
  void note(const cluster_action& what);
  void count_silence(member_id heard, bool refutes);
  void check_accusation(const decoded_record& record, const cluster_actions& did);
  void check_placements(const std::map<partition_index, placement>& before,
                        const cluster_actions& did) const;
  void check_placement(partition_index partition, std::string_view name_space,
                       const placement& before, const cluster_actions& did) const;
  std::vector<member_id> expected_rank(std::string_view name_space,
                                       partition_index partition) const;
  void follow_views(const decoded_record& record, const cluster_actions& did);
  [[noreturn]] void fail(const std::string& what) const;

  const options& how_;
  dice chance_;
  cluster_state truth_{reading_from::first_record};
  std::map<offset, digest> digests_;  ///< at some offsets
  std::list<cluster_state> joiners_;  ///< that began at a view
  std::set<session_id> dead_;
  std::set<digest> effective_;  ///< the bytes of records that took effect
  /// Valid heartbeats of a member while it was well, since the last sign of one that is dead.
  std::map<std::pair<member_id, member_id>, std::uint32_t> silence_;
  /// Heartbeats that a member had at another's last sign of life, or when it suspected it.
  std::map<std::pair<member_id, member_id>, std::uint64_t> since_;
  struct stay {
    offset from, to;  ///< to 0: a member now
  };
  std::map<session_id, std::vector<stay>> stays_;
  /// How many heartbeats a member had when it was to own a partition.
  std::map<std::pair<partition_index, member_id>, std::uint64_t> owned_since_;
  std::optional<decoded_record> before_;
  std::vector<std::string>* story_ = nullptr;
};

}  // namespace perdure::runtime::membership::model
