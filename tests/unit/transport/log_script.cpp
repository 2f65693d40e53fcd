#include "tests/unit/transport/log_script.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::transport {

bool log_script::run() {
  if (!check(world_.open())) return false;
  for (std::size_t i = 0; i < 24; ++i) {
    now_ = deed::writing;
    if (!write(1 + i % 3)) return false;
    if (i % 5 == 2) {
      [[maybe_unused]] auto shows_again = world_.log().prepare_segment();
    }
    if (i % 7 == 3) world_.clock.pass(runtime::seconds(1));
    if (i == 14 || i == 20) {
      now_ = deed::trimming;
      trimmed_ = batch_ends_[i - 3];
      if (!check(world_.log().trim(runtime::offset(trimmed_ + 1)))) return false;
    }
  }
  now_ = deed::closing;
  return check(world_.log().close());
}

bool log_script::write(std::size_t requests) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < requests; ++i) {
    std::vector<std::pair<std::uint32_t, std::string>> records;
    for (std::uint32_t k = 0; k <= i; ++k) {
      std::size_t number = submitted_.size() + 1;
      records.emplace_back(k, fmt::format("{} ", number) + std::string(number * 37 % 700, 'x'));
      submitted_.push_back({number, k, records.back().second});
    }
    last = world_.submit(records);
  }
  batch_ends_.push_back(submitted_.size());
  auto written = world_.log().run_once();
  if (!written) {
    failure_ = written.error();
    return false;
  }
  if (world_.outcomes.at(last)) acknowledged_ = submitted_.size();
  return true;
}

bool log_script::check(const runtime::expected<void>& done) {
  if (!done) failure_ = done.error();
  return done.has_value();
}

std::string log_script::judge(const std::vector<told>& found) const {
  std::size_t begin = found.empty() ? 0 : found.front().at - 1;
  if (begin > trimmed_) return fmt::format("begins after record {}", begin);
  std::size_t end = begin + found.size();
  if (end < acknowledged_) return fmt::format("{} records of {} acknowledged", end, acknowledged_);
  if (end > submitted_.size()) return fmt::format("{} records, more than were submitted", end);
  auto submitted = submitted_.begin() + static_cast<std::ptrdiff_t>(begin);
  if (!std::equal(found.begin(), found.end(), submitted)) return "other records than submitted";
  if (!std::ranges::binary_search(batch_ends_, end)) {
    return fmt::format("ends after record {}, in the middle of a batch", end);
  }
  return {};
}

}  // namespace perdure::transport
