#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/membership/member_options.hpp"
#include "tests/world/dice.hpp"

namespace perdure::runtime::membership::model {

using testing::dice;

/// Virtual time goes in steps of this.
inline constexpr duration tick = milliseconds(20);
/// Far from 0, so that no clock that is set back goes below.
inline constexpr timestamp begin{seconds(1'000'000).us};

/// How often what goes wrong does, per tick or per append. Each seed draws a factor for each, often
/// 0.
struct rates {
  // Per append.
  double lose = .03;
  double late = .02;  ///< lands some seconds later
  double copy = .05;  ///< lands twice, the second time whenever
  // Per tick.
  double crash = .004;
  double pause = .005;  ///< a process stands still, and wakes up as a zombie
  double cut = .004;    ///< a process neither reads nor writes for a while
  double outage = .003;
  double jump = .01;  ///< a process's clock jumps, either way
  double start = .02;
  double leave = .004;
  double drain = .004;  ///< an operator drains a node, or undoes it
  double stuck = .07;   ///< of partitions that are to be handed over: they never are
};

struct namespace_words {
  std::string name;
  std::uint32_t partitions = 1;
};

struct options {
  explicit options(std::uint64_t number) : seed(number) {
    dice chance(number * 11 + 5);
    nodes = 1 + chance.below(7);
    namespaces.push_back({"alpha", static_cast<std::uint32_t>(1 + chance.below(4))});
    if (chance.happens(.4))
      namespaces.push_back({"beta", static_cast<std::uint32_t>(1 + chance.below(3))});
    const std::array<double, 4> factors = {0, 1, 1, 3};
    for (auto* rate :
         {&rate.lose, &rate.late, &rate.copy, &rate.crash, &rate.pause, &rate.cut, &rate.outage,
          &rate.jump, &rate.start, &rate.leave, &rate.drain, &rate.stuck})
      *rate *= factors[chance.below(factors.size())];
    // A quarter of the worlds have no faults but outages and clocks: nobody may be accused there.
    if (chance.happens(.25))
      rate.lose = rate.late = rate.crash = rate.pause = rate.cut = rate.leave = 0;
    true_clocks = chance.happens(.3);
    if (true_clocks) rate.jump = 0;
    rate.start = std::max(rate.start, .01);
    times.heartbeat = milliseconds(chance.happens(.5) ? 200 : 300);
    times.suspect_after = static_cast<std::uint32_t>(3 + chance.below(3));
    times.gone_after = static_cast<std::uint32_t>(2 + chance.below(2));
    times.hand_over = static_cast<std::uint32_t>(6 + chance.below(4));
    times.view_every = chance.happens(.2) ? 12 + chance.below(12) : 60 + chance.below(90);
  }

  std::uint64_t seed;
  std::size_t nodes = 1;
  std::vector<namespace_words> namespaces;
  rates rate;
  member_options times;      ///< profile and namespaces are each process's own
  bool true_clocks = false;  ///< none jumps, and all go as fast
  int chaos = 300;           ///< ticks with faults
};

}  // namespace perdure::runtime::membership::model
