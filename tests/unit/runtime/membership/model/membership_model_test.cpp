#include <cstdio>
#include <optional>

#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/model/world.hpp"
#include "tests/world/environment.hpp"

namespace perdure::runtime::membership::model {
namespace {

using testing::from_environment;

std::optional<std::string> violation_of(std::uint64_t seed, std::vector<std::string>* story,
                                        sights& seen) {
  world cluster{options(seed)};
  if (story != nullptr) cluster.story_to(*story);
  try {
    cluster.run();
  } catch (const violation& wrong) {
    return wrong.what();
  }
  seen += cluster.seen();
  return std::nullopt;
}

/// PERDURE_MEMBERSHIP_SEEDS: how many, from PERDURE_MODEL_FROM on. PERDURE_MODEL_SEED: one, with
/// its story.
TEST(membership_model, rule_9_1_all_agree_and_every_partition_has_one_owner_when_faults_end) {
  sights seen;
  if (const auto seed = from_environment("PERDURE_MODEL_SEED", 0); seed != 0) {
    std::vector<std::string> story;
    const auto wrong = violation_of(seed, &story, seen);
    for (const auto& line : story) std::fprintf(stderr, "%s\n", line.c_str());
    EXPECT_FALSE(wrong) << *wrong;
    return;
  }
  const auto from = from_environment("PERDURE_MODEL_FROM", 1);
  const auto seeds = from_environment("PERDURE_MEMBERSHIP_SEEDS", 300);
  int failures = 0;
  for (auto seed = from; seed < from + seeds && failures < 5; ++seed) {
    const auto wrong = violation_of(seed, nullptr, seen);
    failures += wrong ? 1 : 0;
    EXPECT_FALSE(wrong) << *wrong << "\nseed=" << seed
                        << "; to repeat: ./perdure-dev test 'unit_runtime.membership_model' --seed "
                        << seed;
  }
  if (seeds < 300) return;
  // It would find nothing where nothing happens.
  for (const auto& [what, count] : {std::pair{"views", seen.views},
                                    {"suspected", seen.suspected},
                                    {"refuted", seen.refuted},
                                    {"gone", seen.gone},
                                    {"replaced", seen.replaced},
                                    {"left", seen.left},
                                    {"drained", seen.drained},
                                    {"moved", seen.moved},
                                    {"joined again", seen.joined_again},
                                    {"taken", seen.taken},
                                    {"waited out", seen.waited_out},
                                    {"lost place", seen.lost_place},
                                    {"stopped", seen.stopped}}) {
    RecordProperty(what, std::to_string(count));
    EXPECT_GT(count, 0u) << what;
  }
}

}  // namespace
}  // namespace perdure::runtime::membership::model
