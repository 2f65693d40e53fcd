#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include <gtest/gtest.h>

#include "tests/unit/runtime/model/world.hpp"
#include "tests/world/environment.hpp"

// Of the sanitizers' run-time library, where there is one.
// NOLINTNEXTLINE(readability-identifier-naming): theirs
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace perdure::runtime::model {
namespace {

// An INVARIANT of the product or a sanitizer's finding ends the process: then this says which seed
// it was.
char repeat[200];
extern "C" void say_seed() { std::fputs(repeat, stderr); }
extern "C" void say_seed_at_signal(int) { say_seed(); }

void begin_seed(std::uint64_t seed) {
  std::snprintf(repeat, sizeof repeat,
                "seed=%llu; to repeat: ./perdure-dev test 'unit_runtime.model' --seed %llu\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
}

std::optional<std::string> violation_of(std::uint64_t seed, std::vector<std::string>* story) {
  begin_seed(seed);
  world swarm{options(seed)};
  if (story != nullptr) swarm.story_to(*story);
  try {
    swarm.run();
  } catch (const violation& wrong) {
    return wrong.what();
  }
  return std::nullopt;
}

using testing::from_environment;

/// PERDURE_MODEL_SEEDS: how many, from PERDURE_MODEL_FROM on. PERDURE_MODEL_SEED: one, with its
/// story.
TEST(model, the_protocol_holds_under_faults) {
  const auto handler = std::signal(SIGABRT, say_seed_at_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_seed);
  if (const auto seed = from_environment("PERDURE_MODEL_SEED", 0); seed != 0) {
    std::vector<std::string> story;
    const auto wrong = violation_of(seed, &story);
    for (const auto& line : story) std::fprintf(stderr, "%s\n", line.c_str());
    EXPECT_FALSE(wrong) << *wrong;
    return;
  }
  const auto from = from_environment("PERDURE_MODEL_FROM", 1);
  const auto seeds = from_environment("PERDURE_MODEL_SEEDS", 200);
  int failures = 0;
  for (auto seed = from; seed < from + seeds && failures < 5; ++seed) {
    const auto wrong = violation_of(seed, nullptr);
    failures += wrong ? 1 : 0;
    EXPECT_FALSE(wrong) << *wrong << "\n" << repeat;
  }
  std::signal(SIGABRT, handler);
  repeat[0] = '\0';
}

}  // namespace
}  // namespace perdure::runtime::model
