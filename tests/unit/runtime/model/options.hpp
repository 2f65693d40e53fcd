#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/world/dice.hpp"

namespace perdure::runtime::model {

using testing::dice;

/// How often what goes wrong does, per move or per thing. Each seed draws a factor for each, often
/// 0.
struct rates {
  double crash = .01;  ///< a process is killed from outside
  double rival = .01;  ///< a process claims a partition that another one owns
  double hand_over = .01;
  double fail = .03;     ///< an append fails, and may land some day
  double copy = .06;     ///< what landed lands again
  double control = .03;  ///< pause, resume, cancel, terminate
  double config = .01;   ///< who may call changes
  double query = .02;
  double poison = .2;  ///< of workflows: their code ends the process
  double chance = .3;  ///< of activations: the code does not do what it did before
  double page = .3;    ///< the notes of who ran do not survive
};

struct options {
  explicit options(std::uint64_t seed);

  std::uint64_t seed;
  bool atomic;  ///< one process with one log of batches; else one log per partition, many processes
  std::vector<std::string> namespaces;  ///< of partition 0, 1, …
  std::vector<std::string> callers;
  rates rate;
  int chaos = 220;  ///< moves with faults
  int clients = 5;
  std::uint32_t retention_runs = 0;
  std::size_t resident_runs = 1'000;
  std::size_t attempts = 1'000;
};

inline options::options(std::uint64_t number) : seed(number), atomic(number % 2 == 1) {
  dice chance(number * 7 + 3);
  const std::vector<std::vector<std::string>> layouts = {
      {"alpha"}, {"alpha", "alpha"}, {"alpha", "beta"}, {"alpha", "alpha", "beta"}};
  namespaces = layouts[chance.below(layouts.size())];
  const std::array<double, 4> factors = {0, 1, 1, 3};
  for (auto* rate : {&this->rate.crash, &this->rate.rival, &this->rate.hand_over, &this->rate.fail,
                     &this->rate.copy, &this->rate.control, &this->rate.config, &this->rate.query,
                     &this->rate.poison, &this->rate.chance, &this->rate.page})
    *rate *= factors[chance.below(factors.size())];
  if (atomic) rate.rival = rate.fail = rate.copy = 0;
  if (chance.happens(.7)) callers = {"alpha", "beta"};
  if (chance.happens(.2)) retention_runs = 2;
  if (chance.happens(.4)) resident_runs = chance.below(3);
  if (chance.happens(.4)) attempts = 1 + chance.below(3);
}

}  // namespace perdure::runtime::model
