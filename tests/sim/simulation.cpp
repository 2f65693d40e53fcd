#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/sim/marks.hpp"
#include "tests/sim/workload.hpp"

namespace perdure::sim {
namespace {

/// The last of them comes seldom: in its worlds the log breaks its own promise.
const workload_kind& chosen(const std::string& name, world& in) {
  const auto kinds = all_workloads();
  const auto drawn =
      in.load.below(kinds.size() - 1);  // also where it is not used: other draws stay
  const bool seldom = in.forms.happens(.03);
  if (name.empty()) return seldom ? kinds.back() : kinds[drawn];
  const auto found = std::ranges::find(kinds, name, &workload_kind::name);
  if (found == kinds.end())
    throw std::invalid_argument(fmt::format("there is no workload '{}'", name));
  return *found;
}

void live_bare(world& in, const workload_kind& kind, outcome& out) {
  const auto work = kind.make_bare(in);
  try {
    work->run();
  } catch (const std::exception& failure) {
    out.violated = failure.what();
  }
  out.records = work->records();
}

void live_in_a_cluster(world& in, const workload_kind& kind, outcome& out) {
  const auto work = kind.make(in.load);
  auto how = drawn_options(in);
  work->shape(how);
  cluster all(in, std::move(how),
              {[&work](registry& to, std::uint32_t node) { work->offer(to, node); },
               [&work](const auto& parked) { work->mend(parked); },
               [&work](const auto& run) { return work->repeats(run); },
               [&work](const auto& line) { work->hear(line); }});
  try {
    work->begin(all);
    all.run([&work] { return work->over(); });
    work->check();
    all.check_end();
  } catch (const std::exception& failure) {
    out.violated = failure.what();
  }
  out.records = all.records().size();
  out.nodes = all.nodes();
}

}  // namespace

outcome simulate(std::uint64_t seed, const simulation_options& options) {
  begin_marks(seed, options.mutant);
  world in(seed);
  in.tell_story(options.story);
  const auto& kind = chosen(options.workload, in);
  outcome out;
  out.workload = kind.name;
  (kind.make == nullptr ? live_bare : live_in_a_cluster)(in, kind, out);
  out.hash = in.trace_hash();
  out.moves = in.moves();
  out.seconds = static_cast<double>(in.now().us) / 1e6;
  out.busy_seconds = static_cast<double>(in.busy_seconds());
  out.story = in.story();
  return out;
}

}  // namespace perdure::sim
