#pragma once

#include "tests/kafka_log/real_broker.hpp"

namespace perdure::testing {

/// A broker that stands still as long as this lives, however the test ends.
class frozen_broker {
 public:
  explicit frozen_broker(real_broker& broker) : broker_(broker) { broker_.freeze(); }
  ~frozen_broker() { broker_.thaw(); }
  frozen_broker(const frozen_broker&) = delete;
  frozen_broker& operator=(const frozen_broker&) = delete;

 private:
  real_broker& broker_;
};

/// A broker that was killed and comes back when this ends, however the test does.
class killed_broker {
 public:
  explicit killed_broker(real_broker& broker) : broker_(broker) { broker_.kill(); }
  ~killed_broker() { broker_.restart(); }
  killed_broker(const killed_broker&) = delete;
  killed_broker& operator=(const killed_broker&) = delete;

 private:
  real_broker& broker_;
};

}  // namespace perdure::testing
