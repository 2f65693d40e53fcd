#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/ids.hpp"

namespace perdure::runtime {

/// The slot of a workflow id: XXH3 modulo 4,096. On disk by its effects: never change.
inline slot_number slot_of(std::string_view workflow_id) {
  return slot_number(
      static_cast<std::uint16_t>(hash_bytes(workflow_id).value % slots_per_namespace));
}

/// Which partition holds what: namespaces to their partitions, in the order of their numbers. A
/// node's own are fixed while it runs; of neighbours it may hear later, in a copy.
class routes {
 public:
  /// A namespace whose log this node writes.
  void add(std::string name_space, std::vector<partition_index> partitions) {
    own_.insert(partitions.begin(), partitions.end());
    partitions_.insert_or_assign(std::move(name_space), std::move(partitions));
  }
  /// One that only other nodes serve: messages to it go through its door (DESIGN 3.6).
  void add_neighbour(std::string name_space, std::vector<partition_index> partitions) {
    neighbours_.insert_or_assign(std::move(name_space), std::move(partitions));
  }

  /// The partition of that workflow, {0} with `found` false if there is no such namespace.
  struct place {
    partition_index partition;
    slot_number slot;
    bool found = false;
  };
  place find(std::string_view name_space, std::string_view workflow_id) const {
    const auto slot = slot_of(workflow_id);
    for (const auto* all : {&partitions_, &neighbours_}) {
      const auto space = all->find(name_space);
      if (space != all->end() && !space->second.empty())
        return {space->second[slot.value % space->second.size()], slot, true};
    }
    return {{}, slot, false};
  }

  /// The node's own.
  const std::map<std::string, std::vector<partition_index>, std::less<>>& all() const {
    return partitions_;
  }
  /// Whether this node may write that partition's log.
  bool is_own(partition_index partition) const { return own_.contains(partition); }

 private:
  using partitions_by_name = std::map<std::string, std::vector<partition_index>, std::less<>>;
  partitions_by_name partitions_, neighbours_;
  std::set<partition_index> own_;
};

}  // namespace perdure::runtime
