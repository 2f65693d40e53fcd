#pragma once

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "runtime/log.hpp"

namespace perdure::sim {

/// What an embedded log has told, and what it was given since its last opening: so what it may show
/// when it is opened again. What it told must be there, the same as it was told, but for a
/// beginning that was trimmed; behind it a beginning of what it was given, in whole requests;
/// nothing else. Throws violated.
class told_records {
 public:
  /// `landed` hears of each record once, when it can no longer be lost.
  explicit told_records(std::function<void(const runtime::log_record&)> landed)
      : landed_(std::move(landed)) {}

  /// Since the beginning, trimmed or not.
  const std::vector<runtime::log_record>& all() const { return all_; }
  /// Everything from here on must be there; what is below may be.
  runtime::offset floor() const { return floor_; }

  /// The log is given a request: the number by which it is known here.
  std::uint64_t give(const runtime::append_request& request);
  /// It answers that request.
  void answered(std::uint64_t number, const runtime::expected<runtime::offset>& what);
  /// It tells that these are durable.
  void durable(std::span<const runtime::log_record> records);

  /// It is about to trim: what lies before that may be gone from now on.
  void trim(runtime::offset before);

  /// What a read begins with, and what it may come to.
  struct question {
    runtime::offset floor;
    std::size_t told;
  };
  question ask() const { return {floor_, all_.size()}; }
  /// It gave these for `read`.
  void check_read(question then, runtime::partition_index partition, runtime::offset after,
                  std::size_t limit_bytes, std::span<const runtime::log_record> found) const;
  /// It gave these for `read_at`.
  void check_read_at(std::span<const runtime::offset> asked,
                     std::span<const runtime::log_record> found) const;

  /// It shows these when it is opened. `least`: the last that must be there.
  void compare(std::span<const runtime::log_record> shown, std::size_t least) const;
  /// Whether it was given what it has not told: then the end of its process may have torn a write.
  bool may_be_torn() const { return !given_.empty() || may_come_back_; }
  /// It did not open. If it has cut a torn write, the zeros may be in the system's memory alone.
  void not_opened() { may_come_back_ = may_be_torn(); }
  /// It has opened, and these are durable: what it was given besides never was.
  void opened(std::span<const runtime::log_record> shown);

 private:
  struct given {
    std::uint64_t number;
    std::size_t told = 0;  ///< of its records
    std::vector<runtime::log_record> records;
  };
  bool is_told(const runtime::log_record& record) const;
  /// Finds `record` behind all that is told and given before.
  void take(const runtime::log_record& record);

  const std::function<void(const runtime::log_record&)> landed_;
  std::vector<runtime::log_record> all_;
  std::deque<given> given_;
  std::map<std::uint64_t, runtime::offset> unanswered_;  ///< where told requests begin
  std::uint64_t numbers_ = 0;
  runtime::offset floor_{1};
  bool may_come_back_ = false;
  std::uint64_t first_shown_ = 0;  ///< when it was opened last
};

}  // namespace perdure::sim
