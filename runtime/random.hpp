#pragma once

#include <cstdint>

namespace perdure::runtime {

/// Chance for the shells (session ids, request keys made at the edge). Workflow code gets its own
/// by hashing (DESIGN 2.8).
class random_source {
 public:
  virtual ~random_source() = default;
  virtual std::uint64_t next() = 0;
};

}  // namespace perdure::runtime
