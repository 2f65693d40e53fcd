#pragma once

#include <cstdint>
#include <cstdlib>

namespace perdure::testing {

/// A whole number from that environment variable, for whoever wants more of a test, or another
/// seed, than it has by itself.
inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace perdure::testing
