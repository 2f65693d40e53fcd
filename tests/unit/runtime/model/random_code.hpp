#pragma once

#include <string>

#include "tests/unit/runtime/script_turn.hpp"
#include "tests/world/dice.hpp"

namespace perdure::runtime::model {

using testing::dice;

/// Random workflow code. Its input is how many things it may open. It ends; it waits for nothing
/// that cannot come: client workflows "w…" may wait for shared ones "p…", all for fresh ones "c…".
struct random_code {
  std::string workflow_id;
  std::string name;    ///< of the run, unlike all others
  bool quiet = false;  ///< no longer parks by itself

  void operator()(script_turn& turn, dice& chance) const;

 private:
  void open(script_turn& turn, dice& chance, std::uint64_t left) const;
  void call(script_turn& turn, dice& chance, std::uint64_t left) const;
  static void step(script_turn& turn, dice& chance);
  static void choose_waits(script_turn& turn, dice& chance);
};

/// What the input allows.
std::uint64_t size_of(const std::string& input);

}  // namespace perdure::runtime::model
