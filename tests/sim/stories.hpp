#pragma once

#include <map>
#include <string>

#include "tests/sim/workload.hpp"

namespace perdure::sim {

/// Workflows that do a little of everything: steps side by side, a sleep, a call, a signal. Each
/// must end once, with what a single machine without faults would have given.
class stories final : public workload {
 public:
  explicit stories(testing::dice& chance) : count_(static_cast<int>(1 + chance.below(8))) {}
  void offer(registry& to, std::uint32_t node) override;
  void begin(cluster& on) override;
  bool over() const override { return results_.size() == static_cast<std::size_t>(count_); }
  void check() const override;

 private:
  static std::string id_of(int run) { return fmt::format("w{}", run); }
  void start(int run);
  void signal(int run);
  void await(int run);

  const int count_;
  cluster* cluster_ = nullptr;
  std::map<int, std::string> results_;
};

}  // namespace perdure::sim
