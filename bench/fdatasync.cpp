#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measured_node.hpp"
#include "bench/row.hpp"

namespace perdure::bench {

void measure_fdatasync(results& all) {
  constexpr std::uint64_t block = 4'096, blocks = 4'096;
  constexpr int rounds = 2'000;
  const scratch_directory directory;
  transport::posix_file_system files;
  const auto check = [](const auto& done) {
    if (!done) throw std::runtime_error(done.error().message);
  };
  auto file = files.open(directory.path() + "/plain", transport::open_mode::create);
  check(file);
  check((*file)->allocate(block * blocks));
  const std::string zeros(block * blocks, '\0');
  check((*file)->write(0, zeros));
  check((*file)->sync());
  const std::string bytes(block, 'x');
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    check((*file)->write(static_cast<std::uint64_t>(i) % blocks * block, bytes));
    check((*file)->sync());
    times.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  all.fdatasync_seconds = times[times.size() / 2];
  all.add("fdatasync p50", 1, all.fdatasync_seconds * 1e6, "us");
  all.add("fdatasync p99", 1, times[times.size() * 99 / 100] * 1e6, "us");
}

}  // namespace perdure::bench
