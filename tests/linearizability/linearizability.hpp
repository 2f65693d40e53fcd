#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tests/linearizability/operation.hpp"

namespace perdure::testing {

enum class linearizability : std::uint8_t { linearizable, not_linearizable, not_decided };

/// An order in which the operations of one entity can have taken effect, if there is one.
struct linearization {
  linearizability verdict = linearizability::not_decided;
  std::vector<std::size_t> order;  ///< indexes into the history; without success the longest found
  std::size_t tried = 0;           ///< operations that the search put somewhere
};

/// So many are tried at most, which take about a second and 200 MB.
inline constexpr std::size_t usual_tries = 1'000'000;

/// Looks for an order in which each operation that returned stands once, each other at most once,
/// none before one that had returned when it was invoked, and the model gives what clients were
/// told. REQUIRES: all operations are of one entity.
linearization linearize(const sequential_model& model, std::span<const operation> history,
                        std::size_t tries = usual_tries);

/// The same for each entity; a sentence for each that is not linearizable, or not decided.
std::vector<std::string> problems_of_order(const sequential_model& model,
                                           std::span<const operation> operations,
                                           std::size_t tries = usual_tries);

}  // namespace perdure::testing
