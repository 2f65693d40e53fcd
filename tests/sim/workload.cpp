#include "tests/sim/workload.hpp"

#include "tests/sim/stories.hpp"

namespace perdure::sim {
namespace {

template <class Workload>
std::unique_ptr<workload> made(testing::dice& chance) {
  return std::make_unique<Workload>(chance);
}

constexpr workload_kind kinds[] = {
    {"stories", "workflows that do a little of everything", &made<stories>},
};

}  // namespace

std::span<const workload_kind> all_workloads() { return kinds; }

}  // namespace perdure::sim
