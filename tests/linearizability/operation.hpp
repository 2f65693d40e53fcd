#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace perdure::testing {

/// One operation on an entity, as its client saw it. All times are of one clock.
struct operation {
  std::string entity;
  std::string input;
  std::optional<std::string> output;     ///< none: the client was not told
  std::int64_t invoked = 0;              ///< when it was sent first
  std::optional<std::int64_t> returned;  ///< none: no answer ever came
};

/// What an entity would do if it were asked one thing after the other.
struct sequential_model {
  struct change {
    std::string state;
    std::string output;
  };

  std::string initial;
  /// From a state and an input to the next state and the output.
  std::function<change(const std::string&, const std::string&)> apply;
};

}  // namespace perdure::testing
