#include "transport/kafka/bundle_tail.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"

namespace perdure::transport {
namespace {

/// More do not come between two looks.
constexpr std::size_t most_seams = 4'096;

std::uint64_t cost(const read_bundle& bundle) {
  return bundle.bytes + bundle.records.size() * sizeof(runtime::log_record);
}

auto first_from(const std::deque<bundle_tail::held_bundle>& bundles, std::int64_t at) {
  return std::ranges::lower_bound(bundles, at, {}, [](const auto& one) { return one->at; });
}

}  // namespace

void bundle_tail::add(std::size_t partition, held_bundle bundle, runtime::timestamp now) {
  const std::scoped_lock lock(mutex_);
  auto& to = partitions_[partition];
  INVARIANT(bundle->at > to.last.bundle, "bundle {} comes behind {}", bundle->at, to.last.bundle);
  if (to.last.bundle >= 0 && now - to.read_last >= shortest_election) to.add_seam();
  to.read_last = now;
  to.last = {bundle->at, bundle->checksum, bundle->records.back().at};
  if (to.first.bundle < 0) to.first = to.last;
  held_bytes_ += cost(*bundle);
  to.bundles.push_back(std::move(bundle));
  order_.push_back(partition);
  while (held_bytes_ > limit_bytes_ && !order_.empty()) forget_oldest();
}

void bundle_tail::forget_oldest() {
  auto& from = partitions_[order_.front()];
  order_.pop_front();
  held_bytes_ -= cost(*from.bundles.front());
  from.forgotten = from.bundles.front()->at;
  from.bundles.pop_front();
}

bundle_tail::read_through bundle_tail::last(std::size_t partition) const {
  const std::scoped_lock lock(mutex_);
  return partitions_[partition].last;
}

bundle_tail::read_through bundle_tail::first(std::size_t partition) const {
  const std::scoped_lock lock(mutex_);
  return partitions_[partition].first;
}

std::vector<bundle_tail::read_through> bundle_tail::seams(std::size_t partition) const {
  const std::scoped_lock lock(mutex_);
  const auto& seams = partitions_[partition].seams;
  return {seams.begin(), seams.end()};
}

void bundle_tail::held::add_seam() {
  if (!seams.empty() && seams.back().bundle == last.bundle) return;
  seams.push_back(last);
  if (seams.size() > most_seams) seams.pop_front();
}

void bundle_tail::doubt_last(std::size_t partition) {
  const std::scoped_lock lock(mutex_);
  partitions_[partition].add_seam();
}

void bundle_tail::forget_seams(std::size_t partition, std::int64_t before) {
  const std::scoped_lock lock(mutex_);
  auto& seams = partitions_[partition].seams;
  while (!seams.empty() && seams.front().bundle < before) seams.pop_front();
}

void bundle_tail::acknowledge(std::size_t partition, std::int64_t at) {
  const std::scoped_lock lock(mutex_);
  auto& highest = partitions_[partition].acknowledged;
  highest = std::max(highest, at);
}

std::int64_t bundle_tail::acknowledged(std::size_t partition) const {
  const std::scoped_lock lock(mutex_);
  return partitions_[partition].acknowledged;
}

bundle_tail::held_bundle bundle_tail::find(std::size_t partition, std::int64_t at) const {
  const std::scoped_lock lock(mutex_);
  const auto& bundles = partitions_[partition].bundles;
  const auto found = first_from(bundles, at);
  return found != bundles.end() && (*found)->at == at ? *found : nullptr;
}

bundle_tail::held_bundle bundle_tail::next(std::size_t partition, std::int64_t at) const {
  const std::scoped_lock lock(mutex_);
  const auto& from = partitions_[partition];
  if (at <= from.forgotten) return nullptr;
  const auto found = first_from(from.bundles, at);
  return found != from.bundles.end() ? *found : nullptr;
}

}  // namespace perdure::transport
