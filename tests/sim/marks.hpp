#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace perdure::sim {

/// The marks in the product (runtime/simulation.hpp). In a build without them there are none.
struct known_mark {
  enum class sort : std::uint8_t { buggify, reached, mutant } kind;
  std::string_view name;
};
std::vector<known_mark> known_marks();

/// A world begins, with that bug planted; empty: none.
void begin_marks(std::uint64_t seed, const std::string& mutant);

/// Adds how often each was met in the world that began last, in the order of `known_marks`.
void add_visits(std::span<std::uint64_t> to);

}  // namespace perdure::sim
