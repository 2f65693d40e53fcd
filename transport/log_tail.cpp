#include "transport/log_tail.hpp"

#include <algorithm>
#include <utility>

namespace perdure::transport {

std::span<const runtime::log_record> log_tail::add(std::vector<runtime::log_record> records,
                                                   std::size_t batch_bytes) {
  std::size_t cost = batch_bytes + records.size() * sizeof(runtime::log_record);
  held_bytes_ += cost;
  last_sequence_ = records.back().at.value;
  batches_.push_back({.records = std::move(records), .cost = cost});
  while (held_bytes_ > limit_bytes_ && batches_.size() > 1) {
    drop_oldest();
  }
  return batches_.back().records;
}

void log_tail::trim(std::uint64_t sequence) {
  while (batches_.size() > 1 && batches_.front().records.back().at.value < sequence) drop_oldest();
}

void log_tail::drop_oldest() {
  held_bytes_ -= batches_.front().cost;
  batches_.pop_front();
}

std::uint64_t log_tail::first_sequence() const {
  return batches_.empty() ? last_sequence_ + 1 : batches_.front().records.front().at.value;
}

const runtime::log_record* log_tail::find(std::uint64_t sequence) const {
  if (sequence < first_sequence() || sequence > last_sequence_) return nullptr;
  auto after = std::ranges::upper_bound(
      batches_, sequence, {}, [](const batch& held) { return held.records.front().at.value; });
  const auto& records = std::prev(after)->records;
  return &records[sequence - records.front().at.value];
}

}  // namespace perdure::transport
