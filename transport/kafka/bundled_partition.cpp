#include "transport/kafka/bundled_partition.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "runtime/simulation.hpp"
#include "transport/kafka/regress_check.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::log_record;

namespace {

/// After that it is `unavailable`, and whoever cannot go on without it asks again.
constexpr auto patience_with_fetch = runtime::seconds(10);
/// After a bundle that did not land, before the next of its partition: doubles from one to the
/// other.
constexpr auto first_pause = runtime::milliseconds(100);
constexpr auto longest_pause = runtime::seconds(2);
/// Of the bundle before: for answers to so few the next one does not wait.
constexpr std::size_t few_records = 8;

}  // namespace

void bundled_partition::add(const std::shared_ptr<split_append>& append,
                            std::optional<error> refusal) {
  if (lost_) return append->settle(of_.index, std::unexpected(*lost_));
  appends_.add(append, std::move(refusal));
}

std::optional<runtime::timestamp> bundled_partition::next_send() const {
  if (!appends_.is_waiting() || appends_.is_flying()) return std::nullopt;
  if (appends_.waiting_records() >= wanted_) return not_before_;
  if (MUTANT("bundle-waits-for-ever")) return std::nullopt;
  return std::max(not_before_, wanted_until_);
}

std::vector<std::string_view> bundled_partition::load(const bundle_identity& as,
                                                      runtime::timestamp now) {
  auto records = appends_.load();
  if (!records.empty()) bundle_ = encode_bundle(as, records);
  was_read_ = false;
  left_ = now;
  wanted_ = 0;
  return records;
}

void bundled_partition::unload(runtime::timestamp before_next) {
  appends_.unload();
  not_before_ = before_next;
}

expected<bundle_tail::held_bundle> bundled_partition::settle(const expected<std::int64_t>& at,
                                                             runtime::timestamp now) {
  const auto bundle = std::exchange(bundle_, {});
  if (at) {
    pause_ = {};
    wait_for_answers(now);
    appends_.settle(to_offset({*at, 0}));
    return on_acknowledged(*at, bundle, now);
  }
  if (at.error().code != errc::too_large) {
    pause_ =
        pause_.us == 0 ? first_pause : std::min(runtime::duration{pause_.us * 2}, longest_pause);
    not_before_ = now + pause_;
  }
  appends_.settle(std::unexpected(at.error()));
  return nullptr;
}

/// Each of many runs appends again when it hears of its record. Without that wait they come to go
/// by turns, in two bundles of half the size, and each waits for both.
void bundled_partition::wait_for_answers(runtime::timestamp now) {
  const auto few = BUGGIFY("bundle-waits-behind-two") ? 2 : few_records;
  if (longest_wait_.us == 0 || appends_.flying_records() < few || !appends_.fits_in_one()) return;
  REACHED("bundle-waits-for-answers");
  wanted_ = (appends_.flying_records() + appends_.waiting_records()) * 4 / 5;
  wanted_until_ = now + longest_wait_;
}

expected<bundle_tail::held_bundle> bundled_partition::on_acknowledged(std::int64_t at,
                                                                      const std::string& bundle,
                                                                      runtime::timestamp now) {
  if (lost_ || at < begin_) return nullptr;
  const auto last = tail_.last(number_).bundle;
  if (at == last + 1 || (at > last && MUTANT("acknowledged-counts-whatever-lies-between")))
    return take_in_acknowledged(at, bundle, now);
  if (at <= last) {
    if (was_read_) return nullptr;
    return std::unexpected(log_regressed(
        of_, fmt::format("a bundle was acknowledged at Kafka's offset {}, and something else had "
                         "been read there",
                         at)));
  }
  unread_.emplace(at, checksum_of_bundle(bundle));
  tail_.acknowledge(number_, at);
  return nullptr;
}

/// An acknowledgement may have waited, with this process or before it, while the log lost the
/// bundle and others went on from there: then nothing else would show that it is not there.
expected<bundle_tail::held_bundle> bundled_partition::take_in_acknowledged(
    std::int64_t at, const std::string& bundle, runtime::timestamp now) {
  auto held = take_in(at, bundle, now);
  const bool is_old = now - left_ >= bundle_tail::shortest_election;
  if (held && *held && is_old) tail_.doubt_last(number_);
  return held;
}

expected<void> bundled_partition::check_acknowledged(std::int64_t at, std::uint32_t checksum) {
  if (unread_.empty() || unread_.begin()->first > at) return {};
  const auto [place, wanted] = *unread_.begin();
  unread_.erase(unread_.begin());
  if (place == at && wanted == checksum) return {};
  return std::unexpected(log_regressed(
      of_, fmt::format("at Kafka's offset {} does not stand what was acknowledged there", place)));
}

expected<bundle_tail::held_bundle> bundled_partition::take_in(std::int64_t at,
                                                              std::string_view bytes,
                                                              runtime::timestamp now) {
  const bool again = at <= tail_.last(number_).bundle;  // after a new start: it was told
  if (lost_ || (again && !MUTANT("bundle-taken-twice"))) return nullptr;
  auto bundle = read_bundle_of(of_, at, bytes);
  if (!bundle) return std::unexpected(bundle.error());
  if (again) return std::make_shared<const read_bundle>(*std::move(bundle));
  if (auto kept = check_acknowledged(at, bundle->checksum); !kept) {
    return std::unexpected(kept.error());
  }
  if (!bundle_.empty() && checksum_of_bundle(bundle_) == bundle->checksum) was_read_ = true;
  auto held = std::make_shared<const read_bundle>(*std::move(bundle));
  tail_.add(number_, held, now);
  return held;
}

std::int64_t bundled_partition::next() const {
  return std::max(tail_.last(number_).bundle + 1, begin_);
}

void bundled_partition::begin_at(std::int64_t place) {
  begin_ = place;
  unread_.erase(unread_.begin(), unread_.lower_bound(place));
}

bool bundled_partition::lose(const error& why) {
  if (lost_) return false;
  lost_ = why;
  return true;
}

expected<std::vector<log_record>> bundled_partition::read(runtime::offset after,
                                                          std::size_t limit_bytes,
                                                          bundle_source& from) const {
  std::vector<log_record> found;
  std::size_t bytes = 0;
  const auto take = [&](const read_bundle& bundle) {
    for (const auto& record : bundle.records) {
      if (record.at <= after) continue;
      if (!found.empty() && bytes + record.bytes.size() > limit_bytes) return false;
      bytes += record.bytes.size();
      found.push_back(record);
    }
    return true;
  };
  const auto last = tail_.last(number_);
  auto at = std::max<std::int64_t>(place_of(after).bundle, 0);
  if (last.bundle < at) return found;
  if (tail_.next(number_, at) == nullptr) {
    auto done = from.fetch_on(of_, at, last.bundle, patience_with_fetch, take);
    if (!done) return std::unexpected(done.error());
    return found;
  }
  while (const auto held = tail_.next(number_, at)) {
    if (!take(*held)) break;
    at = held->at + 1;
  }
  return found;
}

error bundled_partition::no_record(runtime::offset at) const {
  return {errc::corrupt, fmt::format("partition {} has no record at {}", of_.index, at)};
}

expected<std::vector<log_record>> bundled_partition::read_at(
    std::span<const runtime::offset> offsets, bundle_source& from) const {
  std::map<std::int64_t, bundle_tail::held_bundle> bundles;
  std::vector<std::int64_t> missing;
  const auto last = tail_.last(number_);
  for (const auto at : offsets) {
    const auto place = place_of(at);
    if (place.bundle < 0 || place.bundle > last.bundle) return std::unexpected(no_record(at));
    auto [found, added] = bundles.try_emplace(place.bundle);
    if (added) found->second = tail_.find(number_, place.bundle);
    if (added && !found->second) missing.push_back(place.bundle);
  }
  if (!missing.empty()) {
    std::ranges::sort(missing);
    auto fetched = from.fetch(of_, missing, patience_with_fetch, [&](read_bundle bundle) {
      const auto at = bundle.at;
      bundles[at] = std::make_shared<const read_bundle>(std::move(bundle));
      return true;
    });
    if (!fetched) return std::unexpected(fetched.error());
  }
  std::vector<log_record> records;
  records.reserve(offsets.size());
  for (const auto at : offsets) {
    const auto place = place_of(at);
    const auto& bundle = *bundles.at(place.bundle);
    if (place.index >= bundle.records.size()) return std::unexpected(no_record(at));
    records.push_back(bundle.records[MUTANT("bundle-index-ignored") ? 0 : place.index]);
  }
  return records;
}

}  // namespace perdure::transport
