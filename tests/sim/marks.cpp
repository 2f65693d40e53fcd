#include "tests/sim/marks.hpp"

#include "runtime/simulation.hpp"

namespace perdure::sim {

#ifdef PERDURE_SIMULATION

namespace marks = runtime::simulation;

std::vector<known_mark> known_marks() {
  std::vector<known_mark> known;
  for (const auto* one : marks::all_marks())
    known.push_back({static_cast<known_mark::sort>(one->kind()), one->name()});
  return known;
}

void begin_marks(std::uint64_t seed, const std::string& mutant) {
  marks::begin_world(seed, mutant);
}

void add_visits(std::span<std::uint64_t> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += marks::all_marks()[i]->visits();
}

#else

std::vector<known_mark> known_marks() { return {}; }
void begin_marks(std::uint64_t, const std::string&) {}
void add_visits(std::span<std::uint64_t>) {}

#endif

}  // namespace perdure::sim
