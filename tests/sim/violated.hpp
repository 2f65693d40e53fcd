#pragma once

#include <stdexcept>

namespace perdure::sim {

/// A promise that does not hold in this world.
struct violated : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace perdure::sim
