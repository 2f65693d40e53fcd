#include "transport/kafka/regress_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "runtime/simulation.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;

namespace {

constexpr auto patience = runtime::seconds(2);
/// In one round, so that many partitions cost no more than few.
constexpr std::size_t looks_per_round = 32;
/// Bundles are fetched again in each so-manieth look at a partition.
constexpr std::uint64_t looks_per_fetch = 5;
/// A topic's partitions can be unknown for a moment to a broker that has just started.
constexpr std::uint32_t missing_often_enough = 10;

}  // namespace

error log_regressed(const kafka_partition& of, const std::string& why) {
  return {errc::corrupt,
          fmt::format("log_regressed: topic {}, partition {}: {}. Records that had been read are "
                      "lost: an unclean election, a topic that was deleted or made anew, or a disk "
                      "put back",
                      of.topic, of.number, why)};
}

std::optional<regress_check::finding> regress_check::look_at(std::size_t partition,
                                                             thoroughness how) {
  if (partitions_[partition].lost) return finding{partition, std::nullopt};
  auto found = look(partition, how);
  if (found && found->lost) partitions_[partition].lost = true;
  return found;
}

std::vector<regress_check::finding> regress_check::look_in_turn() {
  std::vector<finding> found;
  for (std::size_t i = std::min(looks_per_round, layout_.size()); i > 0; --i) {
    next_ = (next_ + 1) % layout_.size();
    const auto looks = ++partitions_[next_].looks;
    auto one =
        look_at(next_, looks % looks_per_fetch == 0 ? thoroughness::bytes : thoroughness::ends);
    if (!one) {  // nobody answers: the others would not either
      --partitions_[next_].looks;
      break;
    }
    if (one->lost) found.push_back(*std::move(one));
  }
  return found;
}

std::optional<regress_check::finding> regress_check::look(std::size_t partition, thoroughness how) {
  const auto& of = layout_[partition];
  // Before the question: it may be read on meanwhile.
  const auto last = tail_.last(partition);
  const auto acknowledged = tail_.acknowledged(partition);
  const auto ends = source_.ends_of(of, patience);
  if (!ends) {
    return ends.error().code == errc::not_found ? on_missing(partition, ends.error())
                                                : std::nullopt;
  }
  partitions_[partition].missing = 0;
  if (ends->first > 0 && of.newest == 0) {
    return finding{partition, log_regressed(of, fmt::format("it begins at Kafka's offset {}, and "
                                                            "all from 0 on is needed",
                                                            ends->first))};
  }
  if (ends->end <= last.bundle && !MUTANT("regress-of-ends-ignored")) {
    return finding{partition, log_regressed(of, fmt::format("it ends before Kafka's offset {}, and "
                                                            "that of {} had been read",
                                                            ends->end, last.bundle))};
  }
  if (ends->end <= acknowledged) {
    return finding{partition, log_regressed(of, fmt::format("it ends before Kafka's offset {}, and "
                                                            "that of {} had been acknowledged",
                                                            ends->end, acknowledged))};
  }
  if (of.newest != 0 && ends->first > last.bundle + 1) {
    return finding{partition, std::nullopt, ends->first};
  }
  if (how == thoroughness::bytes && last.bundle >= 0) return look_at_bytes(partition);
  return finding{partition, std::nullopt};
}

std::optional<regress_check::finding> regress_check::look_at_bytes(std::size_t partition) {
  const auto last = tail_.last(partition);
  auto& anchor = partitions_[partition].anchor;
  if (anchor.bundle < 0) anchor = tail_.first(partition);
  if (MUTANT("anchor-not-kept")) return compare(partition, std::array{last});
  std::vector read{anchor};
  for (const auto& seam : tail_.seams(partition)) {
    if (seam.bundle > anchor.bundle && seam.bundle < last.bundle) read.push_back(seam);
  }
  if (last.bundle != anchor.bundle) read.push_back(last);
  auto found = compare(partition, read);
  if (!found || found->lost) return found;
  anchor = last;
  tail_.forget_seams(partition, last.bundle);
  return found;
}

std::optional<regress_check::finding> regress_check::compare(
    std::size_t partition, std::span<const bundle_tail::read_through> read) {
  const auto& of = layout_[partition];
  while (!read.empty()) {
    std::vector<std::int64_t> places;
    for (const auto& one : read) places.push_back(one.bundle);
    std::size_t same = 0;  // of them, from the first on
    const auto fetched = source_.fetch(of, places, patience, [&](const read_bundle& bundle) {
      const bool is_same = bundle.checksum == read[same].checksum;
      return (is_same || MUTANT("regress-of-bytes-ignored")) && ++same < places.size();
    });
    if (!fetched && fetched.error().code == errc::unavailable) return std::nullopt;
    read = read.subspan(same);
    if (read.empty()) break;
    const auto forgotten = is_forgotten(of, read.front().bundle);
    if (!forgotten) return std::nullopt;
    if (!*forgotten) {
      return finding{partition, log_regressed(of, fmt::format("at Kafka's offset {} stands "
                                                              "something else than what had been "
                                                              "read",
                                                              read.front().bundle))};
    }
    read = read.subspan(1);
  }
  return finding{partition, std::nullopt};
}

/// Asked after the fetch: it may have gone between.
std::optional<bool> regress_check::is_forgotten(const kafka_partition& of, std::int64_t bundle) {
  if (of.newest == 0) return false;
  const auto ends = source_.ends_of(of, patience);
  if (!ends) return std::nullopt;
  return bundle < ends->first;
}

std::optional<regress_check::finding> regress_check::on_missing(std::size_t partition,
                                                                const error& why) {
  if (++partitions_[partition].missing < missing_often_enough) return std::nullopt;
  return finding{partition, log_regressed(layout_[partition], why.message)};
}

}  // namespace perdure::transport
