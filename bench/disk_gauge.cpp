#include "bench/disk_gauge.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

namespace perdure::bench {
namespace {

constexpr std::uint64_t block = 4'096, blocks = 4'096;

void check(const auto& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace

disk_gauge::disk_gauge() {
  auto file = files_.open(directory_.path() + "/plain", transport::open_mode::create);
  check(file);
  file_ = *std::move(file);
  check(file_->allocate(block * blocks));
  check(file_->write(0, std::string(block * blocks, '\0')));
  check(file_->sync());
}

void disk_gauge::sample(int count) {
  const std::string bytes(block, 'x');
  for (int i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    check(file_->write(next_++ % blocks * block, bytes));
    check(file_->sync());
    seconds_.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
}

double disk_gauge::quantile_seconds(double part) {
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(seconds_.size()) * part);
  std::ranges::nth_element(seconds_, seconds_.begin() + at);
  return seconds_[static_cast<std::size_t>(at)];
}

}  // namespace perdure::bench
