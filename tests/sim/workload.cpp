#include "tests/sim/workload.hpp"

#include "tests/sim/regress.hpp"
#include "tests/sim/stories.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

template <class Workload>
std::unique_ptr<workload> made(testing::dice& chance) {
  return std::make_unique<Workload>(chance);
}

constexpr workload_kind kinds[] = {
    {"stories", "workflows that do a little of everything", &made<stories>},
    {"ring", "tokens that go round workflows by signals", &make_ring},
    {"bank", "transfers between accounts, with compensation", &make_bank},
    {"ping_pong", "calls back and forth between namespaces", &make_ping_pong},
    {"fan", "many steps at once, some of which fail", &make_fan},
    {"timers", "sleeps, deadlines and timers that are cancelled", &make_timers},
    {"signals", "signals that are repeated, to a run and to the one after", &make_signals},
    {"cancels", "runs and children cancelled and terminated at any moment", &make_cancels},
    {"controls", "runs paused and resumed at any moment", &make_controls},
    {"nondeterministic", "code that goes another way each time", &make_nondeterministic},
    {"queries", "queries of what was acknowledged", &make_queries},
    {"builds", "nodes that do not all have the same agents", &make_builds},
    {"keys", "request keys and id policies", &make_keys},
    {"poison", "code that ends its process", &make_poison},
    {"mixed", "two or three of the others in one world", &make_mixed},
    {"files", "the embedded log alone: written, read, trimmed, opened again", nullptr, &make_files},
    {"nobody", "requests to ids that nobody has yet", &make_nobody},
    {"haste", "code that does not wait for the rest", &make_haste},
    {"authors", "typed values, scopes, ways to try again, calls of each kind", &make_authors},
    {"failures", "failures on their way to clients, plain functions", &make_failures},
    {"limits", "code that asks for too much, or misuses what it has", &make_limits},
    {"regress", "a log that loses what it had acknowledged", &make_regress},  // seldom
};

}  // namespace

/// Whoever runs when its process is killed cannot be told from who killed it.
void workload::mend(const runtime::run_summary& parked) {
  if (!parked.detail.starts_with(runtime::name(runtime::park_reason::poison)))
    throw violated(fmt::format("{} is parked: {}", parked.workflow_id, parked.detail));
}

std::span<const workload_kind> all_workloads() { return kinds; }

}  // namespace perdure::sim
