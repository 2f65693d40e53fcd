#include "transport/free_disk.hpp"

namespace perdure::transport {

std::uint64_t free_disk::bytes() {
  constexpr auto interval = runtime::milliseconds(200);
  const auto now = clock_.monotonic();
  auto due = next_us_.load();
  if (now.us >= due && next_us_.compare_exchange_strong(due, (now + interval).us)) {
    if (const auto measured = files_.free_bytes(path_)) bytes_ = *measured;
  }
  return bytes_;
}

}  // namespace perdure::transport
