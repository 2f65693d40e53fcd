#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "tests/sim/cluster.hpp"

namespace perdure::sim {

/// What clients do in a world, what the agents they ask do, and what all of it must come to, said
/// by a model that knows neither nodes nor faults.
class workload {
 public:
  virtual ~workload() = default;
  /// Workflows and steps that every node has.
  virtual void offer(registry& to) = 0;
  /// Clients begin to ask. `on` outlives this.
  virtual void begin(cluster& on) = 0;
  /// The clients have heard all that they wait for.
  virtual bool over() const = 0;
  /// Throws violated where what they heard is not what the model says.
  virtual void check() const = 0;
};

struct workload_kind {
  std::string_view name;  ///< for the command line
  std::string_view text;  ///< what it does, in a line
  std::unique_ptr<workload> (*make)(testing::dice& chance);
};

/// In the order in which seeds choose among them: a new one goes to the end.
std::span<const workload_kind> all_workloads();

/// Throws violated unless it is a value.
template <class T>
const T& must(const runtime::expected<T>& answer, std::string_view who) {
  if (!answer) throw violated(fmt::format("{} hears: {}", who, answer.error().message));
  return *answer;
}

}  // namespace perdure::sim
