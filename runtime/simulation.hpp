#pragma once

// The simulator's marks in product code (docs/adr/0006-simulation.md), names in kebab-case:
//   BUGGIFY(name)  true now and then, for something rare that is legal at any time
//   REACHED(name)  a place that the simulator must have come by
//   MUTANT(name)   a planted bug: false, unless the simulator looks whether it finds this one
// Without PERDURE_SIMULATION they are nothing, and their names are in no program.

#ifndef PERDURE_SIMULATION

#define BUGGIFY(name) false
#define REACHED(name) static_cast<void>(0)
#define MUTANT(name) false

#else

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace perdure::runtime::simulation {

enum class mark_kind : std::uint8_t { buggify, reached, mutant };

/// All places of one name. One thread: the simulator's.
class mark {
 public:
  mark(mark_kind kind, std::string_view name);
  mark(const mark&) = delete;
  mark& operator=(const mark&) = delete;

  mark_kind kind() const { return kind_; }
  std::string_view name() const { return name_; }
  /// How often, in this world, the rare thing happened, the place was reached, the bug was met.
  std::uint64_t visits() const { return visits_; }

  bool is_rare_now();
  void reach() { ++visits_; }
  bool is_planted() {
    visits_ += on_ ? 1 : 0;
    return on_;
  }

 private:
  friend void begin_world(std::uint64_t seed, std::string_view mutant);
  const mark_kind kind_;
  const std::string_view name_;
  bool on_ = false;
  std::uint64_t visits_ = 0, dice_ = 0;
};

/// Those of the program, visited or not, by kind and name.
std::span<mark* const> all_marks();

/// Draws what is rare in the world of that seed, a quarter of the marks, each with a dice of its
/// own; plants one bug, or none (empty); forgets all visits.
void begin_world(std::uint64_t seed, std::string_view mutant);

template <std::size_t Size>
struct mark_name {
  char text[Size];
  consteval mark_name(const char (&from)[Size]) {  // NOLINT: a text is meant to become one
    for (std::size_t i = 0; i < Size; ++i) text[i] = from[i];
  }
};

/// Made before `main`, also where no code comes by.
template <mark_kind Kind, mark_name Name>
inline mark marked{Kind, Name.text};

}  // namespace perdure::runtime::simulation

#define PERDURE_MARK(kind, name) \
  ::perdure::runtime::simulation::marked<::perdure::runtime::simulation::mark_kind::kind, name>
#define BUGGIFY(name) PERDURE_MARK(buggify, name).is_rare_now()
#define REACHED(name) PERDURE_MARK(reached, name).reach()
#define MUTANT(name) PERDURE_MARK(mutant, name).is_planted()

#endif
