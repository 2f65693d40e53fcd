#pragma once

#include <map>
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

/// Which partition holds what: namespaces to their partitions, in the order of their numbers. Fixed
/// while a node runs.
class routes {
 public:
  void add(std::string name_space, std::vector<partition_index> partitions) {
    partitions_.insert_or_assign(std::move(name_space), std::move(partitions));
  }

  /// The partition of that workflow, {0} with `found` false if there is no such namespace.
  struct place {
    partition_index partition;
    slot_number slot;
    bool found = false;
  };
  place find(std::string_view name_space, std::string_view workflow_id) const {
    const auto space = partitions_.find(name_space);
    const auto slot = slot_of(workflow_id);
    if (space == partitions_.end() || space->second.empty()) return {{}, slot, false};
    return {space->second[slot.value % space->second.size()], slot, true};
  }

  const std::map<std::string, std::vector<partition_index>, std::less<>>& all() const {
    return partitions_;
  }

 private:
  std::map<std::string, std::vector<partition_index>, std::less<>> partitions_;
};

}  // namespace perdure::runtime
