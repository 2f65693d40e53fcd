#pragma once

#include "runtime/random.hpp"

namespace perdure::transport {

/// Chance from the system's generator: fit for ids and keys. Thread-safe.
class system_random final : public runtime::random_source {
 public:
  std::uint64_t next() override;
};

}  // namespace perdure::transport
