#include "tests/unit/transport/log_script.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::transport {

bool log_script::run(std::size_t rounds) {
  now_ = deed::opening;
  if (!open()) return false;
  for (std::size_t i = 0; i < rounds; ++i) {
    now_ = deed::writing;
    if (!write(1 + i % 3)) return false;
    if (i % 5 == 2) {
      [[maybe_unused]] auto shows_again = world_.log().prepare_segment();
    }
    if (i % 7 == 3) world_.clock.pass(runtime::seconds(1));
    if (i % 6 == 5) read();
    now_ = deed::trimming;
    if (i % 6 == 2 && !trim()) return false;
  }
  now_ = deed::closing;
  return check(world_.log().close());
}

bool log_script::open() {
  if (!check(world_.open())) return false;
  wrong_ = history_.judge(world_.opened_with);
  history_.adopt(world_.opened_with);
  return wrong_.empty();
}

bool log_script::write(std::size_t requests) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < requests; ++i) {
    std::vector<std::pair<std::uint32_t, std::string>> records;
    for (std::uint32_t k = 0; k <= i; ++k) {
      std::size_t number = history_.submitted.size() + 1;
      records.emplace_back(k, fmt::format("{} of life {} ", number, history_.lives) +
                                  std::string(number * 37 % 550, 'x'));
      history_.submitted.push_back({number, k, records.back().second});
    }
    last = world_.submit(records);
  }
  history_.batch_ends.push_back(history_.submitted.size());
  auto written = world_.log().run_once();
  if (!written) {
    failure_ = written.error();
    return false;
  }
  if (world_.outcomes.at(last)) history_.acknowledged = history_.submitted.size();
  return true;
}

/// What is older than a few batches, once there is something.
bool log_script::trim() {
  constexpr std::size_t kept = 4;
  constexpr std::size_t enough = 12;
  const auto& ends = history_.batch_ends;
  if (ends.size() <= enough) return true;
  history_.trimmed = ends[ends.size() - kept];
  return check(world_.log().trim(runtime::offset(history_.trimmed + 1)));
}

/// As a node does that brings evicted runs back, most from the files.
void log_script::read() {
  for (std::uint32_t partition = 0; partition < 3; ++partition) {
    if (auto done = read_partition(partition); !done) failed_reads_.push_back(done.error());
  }
  if (auto done = read_single(); !done) failed_reads_.push_back(done.error());
}

runtime::expected<void> log_script::read_partition(std::uint32_t partition) {
  auto found = world_.log().read(runtime::partition_index(partition),
                                 runtime::offset(history_.trimmed), std::size_t{1} << 20);
  if (!found) return std::unexpected(found.error());
  if (told_of(*found) != history_.readable(partition)) {
    wrong_ = fmt::format("read {} records of partition {}", found->size(), partition);
  }
  return {};
}

runtime::expected<void> log_script::read_single() {
  const std::size_t begin = history_.trimmed;
  const std::size_t end = history_.acknowledged;
  std::vector<runtime::offset> offsets;
  std::vector<told> expected;
  for (std::size_t at : {begin, (begin + end) / 2, end - 1}) {
    offsets.emplace_back(at + 1);
    expected.push_back(history_.submitted[at]);
  }
  auto found = world_.log().read_at({}, offsets);
  if (!found) return std::unexpected(found.error());
  if (told_of(*found) != expected) wrong_ = fmt::format("read others at {} to {}", begin + 1, end);
  return {};
}

bool log_script::check(const runtime::expected<void>& done) {
  if (!done) failure_ = done.error();
  return done.has_value();
}

}  // namespace perdure::transport
