#include "runtime/membership/failure_detector.hpp"

#include <gtest/gtest.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using verdict = failure_detector::verdict;

struct failure_detector_test : ::testing::Test {
  void beat(int times = 1) {
    for (; times > 0; --times) detector.on_own_heartbeat(f.folded, a);
  }
  std::string said() {
    std::string text;
    for (const auto& [member, what] : detector.findings(f.folded, a))
      text += fmt::format("{}{} ", what == verdict::gone ? "gone " : "suspect ", member);
    return text;
  }

  lone_cluster f;
  member_id a = f.join("a"), b = f.join("b"), c = f.join("c");
  failure_detector detector{3, 2};
};

TEST_F(failure_detector_test, rule_9_3_silence_is_counted_in_own_heartbeats) {
  beat(2);
  EXPECT_EQ(said(), "");
  beat();
  EXPECT_EQ(said(), "suspect 2 suspect 3 ");
  detector.on_heard(b);
  EXPECT_EQ(said(), "suspect 3 ");
  beat(2);
  EXPECT_EQ(said(), "suspect 3 ");
  beat();
  EXPECT_EQ(said(), "suspect 2 suspect 3 ");
}

TEST_F(failure_detector_test, rule_9_3_and_anew_from_its_own_suspicion) {
  beat(5);
  f.suspect(b, c);
  EXPECT_EQ(said(), "suspect 2 suspect 3 ") << "another's suspicion is not its own";
  f.suspect(b, a);
  detector.on_suspected(b);
  EXPECT_EQ(said(), "suspect 3 ");
  beat(2);
  EXPECT_EQ(said(), "gone 2 suspect 3 ");
}

TEST_F(failure_detector_test, whoever_is_no_member_any_more_is_not_looked_at) {
  beat(5);
  f.put(left_record(b));
  EXPECT_EQ(said(), "suspect 3 ");
  beat();
  f.put(left_record(c));
  EXPECT_EQ(said(), "");
}

}  // namespace
}  // namespace perdure::runtime::membership
