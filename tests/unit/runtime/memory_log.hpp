#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ids.hpp"
#include "runtime/payload.hpp"

namespace perdure::runtime {

/// The log of an installation, in memory: offsets rise over all partitions together, gaps are
/// legal. Or each partition has offsets of its own: then records are `put`, and found by both.
class memory_log {
 public:
  struct entry {
    offset at;
    payload bytes;
  };

  offset append(partition_index partition, std::string bytes) {
    end_ = offset(end_.value + 1);
    partitions_[partition].push_back({end_, payload(std::move(bytes))});
    places_[end_] = {partition, partitions_[partition].size() - 1};
    return end_;
  }

  /// At that offset of that partition, behind all that it has.
  void put(partition_index partition, offset at, std::string bytes) {
    partitions_[partition].push_back({at, payload(std::move(bytes))});
    end_ = std::max(end_, at);
  }

  /// The next record lies that much further.
  void skip(std::uint64_t records) { end_ = offset(end_.value + records); }

  const std::vector<entry>& of(partition_index partition) { return partitions_[partition]; }

  /// REQUIRES: a record lies at that offset.
  const payload& at(offset where) {
    const auto& [partition, index] = places_.at(where);
    return partitions_.at(partition).at(index).bytes;
  }
  bool holds(offset where) const { return places_.contains(where); }
  /// Null: that partition has no record there.
  const payload* find(partition_index partition, offset where) {
    const auto& entries = partitions_[partition];
    const auto found = std::ranges::lower_bound(entries, where, {}, &entry::at);
    return found == entries.end() || found->at != where ? nullptr : &found->bytes;
  }
  offset end() const { return end_; }

 private:
  offset end_;
  std::map<partition_index, std::vector<entry>> partitions_;
  std::map<offset, std::pair<partition_index, std::size_t>> places_;
};

}  // namespace perdure::runtime
