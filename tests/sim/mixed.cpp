#include <algorithm>

#include "tests/sim/regress.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

/// Two or three other workloads in one world.
class mixed final : public workload {
 public:
  explicit mixed(testing::dice& chance) {
    std::vector<const workload_kind*> kinds;
    for (const auto& kind : all_workloads()) {
      const bool alone =
          kind.make == nullptr || kind.make == &make_mixed || kind.make == &make_regress;
      if (!alone) kinds.push_back(&kind);
    }
    chance.shuffle(kinds);
    kinds.resize(2 + chance.below(2));
    for (const auto* kind : kinds)
      parts_.push_back({std::string(kind->name) + ".Agent", kind->make(chance)});
  }

  void shape(cluster_options& how) override {
    for (const auto& one : parts_) one.work->shape(how);
  }
  void offer(registry& to, std::uint32_t node) override {
    for (const auto& one : parts_) one.work->offer(to, node);
  }
  void begin(cluster& on) override {
    for (const auto& one : parts_) one.work->begin(on);
  }
  bool over() const override {
    return std::ranges::all_of(parts_, [](const part& one) { return one.work->over(); });
  }
  void check() const override {
    for (const auto& one : parts_) one.work->check();
  }
  void mend(const runtime::run_summary& parked) override {
    const auto whose = whose_is(parked.agent);
    return whose == parts_.end() ? workload::mend(parked) : whose->work->mend(parked);
  }
  void hear(const std::string& line) override {
    for (const auto& one : parts_) one.work->hear(line);
  }
  bool repeats(const runtime::run_description& run) const override {
    const auto whose = whose_is(run.agent);
    return whose == parts_.end() || whose->work->repeats(run);
  }

 private:
  struct part {
    std::string agent;
    std::unique_ptr<workload> work;
  };
  std::vector<part>::const_iterator whose_is(std::string_view agent) const {
    return std::ranges::find_if(parts_,
                                [&](const part& one) { return agent.starts_with(one.agent); });
  }
  std::vector<part> parts_;
};

}  // namespace

std::unique_ptr<workload> make_mixed(testing::dice& chance) {
  return std::make_unique<mixed>(chance);
}

}  // namespace perdure::sim
