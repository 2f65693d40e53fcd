#include "transport/kafka/append_lane.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"
#include "transport/batch_format.hpp"
#include "transport/kafka/bundle_format.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::offset;
using runtime::partition_index;

split_append::split_append(runtime::append_request request) : request_(std::move(request)) {
  for (const auto& entry : request_.entries) {
    if (std::ranges::find(partitions_, entry.partition) == partitions_.end()) {
      partitions_.push_back(entry.partition);
    }
  }
  open_ = partitions_.size();
}

void split_append::collect(partition_index partition, std::vector<std::string_view>& into) const {
  const std::string_view bytes = request_.bytes;
  for (const auto& entry : request_.entries) {
    if (entry.partition == partition) into.push_back(bytes.substr(entry.begin, entry.length));
  }
}

void split_append::settle(partition_index partition, const expected<offset>& outcome) {
  INVARIANT(open_ > 0, "partition {} has an outcome too many", partition);
  if (outcome) {
    landed_ = true;
    if (partition == partitions_.front()) first_ = *outcome;
  } else if (!failed_ || outcome.error().code == errc::outcome_unknown) {
    failed_ = outcome.error();
    if (MUTANT("lane-tells-unknown-as-failed")) failed_->code = errc::unavailable;
  }
  if (--open_ > 0 || !request_.completion) return;
  if (!failed_) return request_.completion(first_);
  if (landed_ && failed_->code != errc::outcome_unknown) {
    failed_ =
        error{errc::outcome_unknown,
              fmt::format("some of the records landed, others did not: {}", failed_->message)};
  }
  request_.completion(std::unexpected(*failed_));
}

std::size_t append_lane::cost(const runtime::append_request& request) {
  return bundle_entry_bytes * request.entries.size() + record_bytes(request);
}

void append_lane::add(std::shared_ptr<split_append> append, std::optional<error> refusal) {
  share added{std::move(append), std::move(refusal), {}};
  for (const auto& entry : added.append->request().entries) {
    if (added.refusal || entry.partition != partition_) continue;
    added.counts.bytes += bundle_entry_bytes + entry.length;
    ++added.counts.records;
  }
  waiting_amount_ += added.counts;
  waiting_.push_back(std::move(added));
}

bool append_lane::is_flying() const {
  return !flying_.empty() && !MUTANT("next-bundle-before-the-outcome");
}

void append_lane::tell_refused() {
  while (!waiting_.empty() && waiting_.front().refusal) {
    const auto refused = std::move(waiting_.front());
    waiting_.pop_front();
    refused.append->settle(partition_, std::unexpected(*refused.refusal));
  }
}

std::vector<std::string_view> append_lane::load() {
  INVARIANT(!is_flying(), "partition {} has a bundle on its way", partition_);
  tell_refused();
  std::vector<std::string_view> records;
  while (!waiting_.empty() && !waiting_.front().refusal) {
    const auto& next = waiting_.front();
    if (!records.empty() && (flying_amount_.bytes + next.counts.bytes > limit_bytes_ ||
                             records.size() + next.counts.records > bundle_records)) {
      break;
    }
    flying_amount_ += next.counts;
    waiting_amount_ -= next.counts;
    next.append->collect(partition_, records);
    flying_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (MUTANT("bundle-in-reverse")) std::ranges::reverse(records);
  return records;
}

void append_lane::unload() {
  waiting_.insert(waiting_.begin(), std::make_move_iterator(flying_.begin()),
                  std::make_move_iterator(flying_.end()));
  flying_.clear();
  waiting_amount_ += std::exchange(flying_amount_, {});
}

void append_lane::settle(const expected<offset>& first) {
  auto outcome = first;
  flying_amount_ = {};
  for (const auto& landed : std::exchange(flying_, {})) {
    landed.append->settle(partition_, outcome);
    if (outcome) outcome->value += landed.counts.records;
  }
  tell_refused();
}

void append_lane::answer_waiting(const error& why) {
  waiting_amount_ = {};
  for (const auto& waits : std::exchange(waiting_, {})) {
    waits.append->settle(partition_, std::unexpected(waits.refusal ? *waits.refusal : why));
  }
}

}  // namespace perdure::transport
