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
  /// Before the world begins: what it needs of it.
  virtual void shape(cluster_options&) {}
  /// Workflows and steps that this node has when it begins.
  virtual void offer(registry& to, std::uint32_t node) = 0;
  /// Clients begin to ask. `on` outlives this.
  virtual void begin(cluster& on) = 0;
  /// The clients have heard all that they wait for.
  virtual bool over() const = 0;
  /// Throws violated where what they heard is not what the model says.
  virtual void check() const = 0;
  /// An operator, who has found this run parked, mends its code and resumes it. Throws violated if
  /// it must not be parked so.
  virtual void mend(const runtime::run_summary& parked);
  /// A node that lives wrote a line.
  virtual void hear(const std::string&) {}
  /// Whether the code of that run does the same whenever it is brought back.
  virtual bool repeats(const runtime::run_description&) const { return true; }
};

/// One below the nodes, which has its world to itself.
class bare_workload {
 public:
  virtual ~bare_workload() = default;
  /// Until all is over. Throws violated.
  virtual void run() = 0;
  virtual std::size_t records() const = 0;
};

struct workload_kind {
  std::string_view name;  ///< for the command line
  std::string_view text;  ///< what it does, in a line
  std::unique_ptr<workload> (*make)(testing::dice& chance);
  std::unique_ptr<bare_workload> (*make_bare)(world& in) = nullptr;  ///< where `make` is null
};

/// In the order in which seeds choose among them: a new one goes to the end.
std::span<const workload_kind> all_workloads();

/// Throws violated unless it is a value.
template <class T>
const T& must(const runtime::expected<T>& answer, std::string_view who) {
  if (!answer)
    throw violated(fmt::format("{} hears: {}: {}", who, runtime::name(answer.error().code),
                               answer.error().message));
  return *answer;
}

}  // namespace perdure::sim
