#pragma once

#include "runtime/clock.hpp"

namespace perdure::transport {

/// The machine's clocks. Thread-safe.
class system_clock final : public runtime::clock {
 public:
  runtime::timestamp now() const override;
  runtime::timestamp monotonic() const override;
};

}  // namespace perdure::transport
