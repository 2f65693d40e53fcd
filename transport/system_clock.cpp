#include "transport/system_clock.hpp"

#include <ctime>

namespace perdure::transport {
namespace {

runtime::timestamp read(clockid_t id) {
  timespec at{};
  ::clock_gettime(id, &at);
  return {at.tv_sec * 1'000'000 + at.tv_nsec / 1'000};
}

}  // namespace

runtime::timestamp system_clock::now() const { return read(CLOCK_REALTIME); }
runtime::timestamp system_clock::monotonic() const { return read(CLOCK_MONOTONIC); }

}  // namespace perdure::transport
