#include "transport/kafka/bundled_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "transport/batch_format.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;

namespace {

error too_large(std::size_t records, std::size_t bytes, std::size_t limit) {
  return {errc::too_large,
          fmt::format("{} records of {} bytes are more than the {} bytes (4 for each record "
                      "counted) and {} records that the log takes together: append less at once",
                      records, bytes, limit, bundle_records)};
}

}  // namespace

bundled_log::bundled_log(std::span<const kafka_topic> topics, const options& how)
    : layout_(topics),
      limit_bytes_(how.limit_bytes),
      writer_(how.writer),
      tail_(how.tail_bytes, layout_.size()) {
  partitions_.reserve(layout_.size());
  for (std::size_t number = 0; number < layout_.size(); ++number) {
    partitions_.emplace_back(layout_[number], number,
                             bundled_partition::limits{limit_bytes_, how.bundle_wait}, tail_);
  }
}

runtime::expected<std::size_t> bundled_log::find(runtime::partition_index partition) const {
  if (const auto number = layout_.find(partition)) return *number;
  return runtime::fail(errc::invalid_argument,
                       fmt::format("the log has no partition {}", partition));
}

bool bundled_log::fits(const runtime::append_request& request) const {
  return append_lane::cost(request) <= limit_bytes_ && request.entries.size() <= bundle_records;
}

bool bundled_log::is_acceptable(const runtime::append_request& request) const {
  return fits(request) && std::ranges::all_of(request.entries, [this](const auto& entry) {
           const auto number = layout_.find(entry.partition);
           return number && !partitions_[*number].lost();
         });
}

void bundled_log::take(runtime::append_request request) {
  std::optional<error> refusal;
  if (!fits(request)) {
    refusal = too_large(request.entries.size(), record_bytes(request), limit_bytes_);
  }
  const auto append = std::make_shared<split_append>(std::move(request));
  for (const auto partition : append->partitions()) {
    if (const auto number = find(partition)) {
      partitions_[*number].add(append, refusal);
    } else {
      append->settle(partition, std::unexpected(number.error()));
    }
  }
}

std::optional<runtime::timestamp> bundled_log::next_send() const {
  std::optional<runtime::timestamp> first;
  for (const auto& partition : partitions_) {
    const auto next = partition.next_send();
    if (next && (!first || *next < *first)) first = next;
  }
  return first;
}

bool bundled_log::is_idle() const {
  return std::ranges::all_of(partitions_, &bundled_partition::is_idle);
}

void bundled_log::answer_waiting(const error& why) {
  for (auto& partition : partitions_) partition.answer_waiting(why);
}

}  // namespace perdure::transport
