#pragma once

#include "runtime/ids.hpp"

namespace perdure::runtime {

/// Where the shells learn the time. The core never asks: time enters it as data.
class clock {
 public:
  virtual ~clock() = default;
  /// Wall time; may jump.
  virtual timestamp now() const = 0;
  /// Never goes back; unrelated to wall time. For waiting and measuring.
  virtual timestamp monotonic() const = 0;
};

}  // namespace perdure::runtime
