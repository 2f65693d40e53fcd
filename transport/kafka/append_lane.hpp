#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/log.hpp"

namespace perdure::transport {

/// A request on its way: its records go by partitions, each to the lane of its own. Completes when
/// all have an outcome: with the offset of the first record if all landed, as `outcome_unknown` if
/// that is true of any part, or if a part landed and another did not.
class split_append {
 public:
  explicit split_append(runtime::append_request request);

  const runtime::append_request& request() const { return request_; }
  /// Each once, in the order of their first records.
  const std::vector<runtime::partition_index>& partitions() const { return partitions_; }
  /// The records of one partition, in order.
  void collect(runtime::partition_index partition, std::vector<std::string_view>& into) const;

  /// What became of one partition's part: the offset of its first record, or the error. REQUIRES:
  /// once for each.
  void settle(runtime::partition_index partition,
              const runtime::expected<runtime::offset>& outcome);

 private:
  runtime::append_request request_;
  std::vector<runtime::partition_index> partitions_;
  std::size_t open_;
  bool landed_ = false;
  runtime::offset first_;
  std::optional<runtime::error> failed_;
};

/// What waits for one partition, and the bundle of it that is on its way: one at a time, so that
/// order never hangs on a client's retries. Outcomes are told in the order of submission. Pure.
class append_lane {
 public:
  /// A bundle takes requests of so many bytes together, `cost` says what a request counts.
  append_lane(runtime::partition_index partition, std::size_t limit_bytes)
      : partition_(partition), limit_bytes_(limit_bytes) {}

  /// What records count: themselves, and their entries.
  static std::size_t cost(const runtime::append_request& request);

  /// `refusal`: it never goes, and is told so when its turn comes.
  void add(std::shared_ptr<split_append> append,
           std::optional<runtime::error> refusal = std::nullopt);

  bool is_flying() const;
  bool is_waiting() const { return !waiting_.empty(); }
  /// But for those that are refused.
  std::size_t waiting_records() const { return waiting_amount_.records; }
  std::size_t flying_records() const { return flying_amount_.records; }
  /// What is on its way and what waits would go into one bundle.
  bool fits_in_one() const { return flying_amount_.bytes + waiting_amount_.bytes <= limit_bytes_; }

  /// Puts together what goes next: as many requests as fit, at least one. Their records; empty if
  /// nothing waits. The views are good until the outcome. REQUIRES: nothing is on its way.
  std::vector<std::string_view> load();
  /// What was loaded did not leave: it waits again, in front.
  void unload();

  /// What became of the bundle: `first` is the offset of its first record, or the error.
  void settle(const runtime::expected<runtime::offset>& first);
  /// All that waits gets that answer; nothing may be on its way.
  void answer_waiting(const runtime::error& why);

 private:
  struct amount {
    std::size_t records = 0;
    std::size_t bytes = 0;  ///< as `cost` counts

    amount& operator+=(const amount& more) {
      records += more.records;
      bytes += more.bytes;
      return *this;
    }
    amount& operator-=(const amount& less) {
      records -= less.records;
      bytes -= less.bytes;
      return *this;
    }
  };
  struct share {
    std::shared_ptr<split_append> append;
    std::optional<runtime::error> refusal;
    amount counts;
  };

  void tell_refused();

  runtime::partition_index partition_;
  std::size_t limit_bytes_;
  std::deque<share> waiting_;
  std::vector<share> flying_;
  amount waiting_amount_, flying_amount_;
};

}  // namespace perdure::transport
