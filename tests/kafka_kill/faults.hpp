#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/kafka_kill/kill_cluster.hpp"

namespace perdure::testing {

enum class fault : std::uint8_t { node_kill, node_freeze, broker_kill, broker_freeze, both };

/// Does each fault once, in an order that the seed draws, then each again. A frozen node sleeps for
/// longer than it takes others to own what it owned, and wakes up as a zombie.
class faults {
 public:
  static constexpr std::size_t sorts = 5;

  faults(kill_cluster& cluster, std::uint64_t seed)
      : cluster_(cluster), chance_(static_cast<unsigned>(seed)) {}

  /// Returns when all that was done is undone: what died was started, what slept is awake. In
  /// words.
  std::string inject_next();
  /// When nodes were killed.
  const std::vector<std::int64_t>& kills_us() const { return kills_us_; }

 private:
  enum class way : std::uint8_t { kill, freeze };

  void pause(unsigned least_ms, unsigned most_ms);
  unsigned draw(unsigned below) { return static_cast<unsigned>(chance_() % below); }
  way draw_way() { return draw(2) == 0 ? way::kill : way::freeze; }
  std::string strike_node(std::size_t which, way how);
  void mend_node(std::size_t which, way how);
  std::string strike_broker(way how);
  void mend_broker(way how);
  std::string strike_both();

  kill_cluster& cluster_;
  std::minstd_rand chance_;
  std::vector<fault> left_;
  std::vector<std::int64_t> kills_us_;
};

}  // namespace perdure::testing
