#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/log.hpp"
#include "runtime/routes.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

/// One team's world, as the configuration says it.
struct namespace_options {
  std::string name;
  std::uint32_t partitions = 4;      ///< 1…256; fixed for the life of the log
  std::vector<std::string> callers;  ///< other namespaces that may call this one
  std::uint32_t retention_seconds = 24 * 3'600;
  std::uint32_t retention_runs = 50'000;  ///< closed runs kept per partition, whatever their age
};

/// Where a namespace's partitions are: the cluster's registry says it for all nodes
/// (docs/adr/0010-membership.md).
struct namespace_place {
  std::uint32_t first = 0;  ///< index of its partition 0
  incarnation log;
};
using namespace_places = std::map<std::string, namespace_place, std::less<>>;

/// Partitions of a namespace that only other nodes serve.
struct neighbour_place {
  std::uint32_t first = 0, count = 0;  ///< indexes
};
using neighbour_places = std::map<std::string, neighbour_place, std::less<>>;
void add_neighbours(const neighbour_places& neighbours, routes& to);

/// A partition as the log and the configuration agree on it.
struct opened_partition {
  std::unique_ptr<state> folded;
  bool fresh = false;  ///< all its first records are in `installation::first_records`
  /// The record at which its fold ended: it must not run (DESIGN 5.6).
  std::optional<error> unreadable = {};
};

/// What a node owns when its log has been read.
struct installation {
  std::vector<opened_partition> partitions;  ///< by index, from 1
  routes where;
  /// To be appended before anything else; empty if nothing is new. Where the log has no atomic
  /// batches a part of it may not land: it is appended, partition by partition, until it was read
  /// back, by whoever opens the installation; more than once changes nothing.
  append_request first_records;
};

/// The entries of that partition alone.
append_request only_of(partition_index partition, const append_request& request);

/// Folds a whole log while it is being read, partition by partition, then compares with the
/// configuration. Pure.
class opening_fold {
 public:
  /// Records in log order, from the log's first. A partition with a record that cannot be read is
  /// folded no further; the others are.
  void read(std::span<const log_record> records);

  /// Errors: what `read` met in a partition whose first record cannot be read (corrupt,
  /// unsupported_format), since nobody knows whose it is; invalid_argument for a namespace whose
  /// partitions changed, or that the log holds and the configuration does not name.
  expected<installation> match(std::span<const namespace_options> wanted, incarnation log);
  /// The same where a registry says what a new namespace gets. REQUIRES: it has all of `wanted`.
  /// Errors also: corrupt, for a log that was made under other indexes.
  expected<installation> match(std::span<const namespace_options> wanted,
                               const namespace_places& places);

 private:
  struct range {
    std::uint32_t first = 0, count = 0;  ///< indexes
    bool operator==(const range&) const = default;
  };
  expected<range> range_of(const namespace_options& wanted) const;
  expected<void> check_all(std::span<const namespace_options> wanted);
  void add(const namespace_options& wanted, range row, incarnation log, installation& out);

  std::map<partition_index, std::unique_ptr<state>> states_;
  record_decoder decoder_;
  actions ignored_;
  std::map<partition_index, error> unreadable_;
  std::map<std::string, range> ranges_;  ///< of namespaces that are there
};

}  // namespace perdure::runtime
