#include "runtime/membership/neighbours.hpp"

#include <gmock/gmock.h>

#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;

struct neighbours_test : ::testing::Test {
  neighbours_test() {
    f.put(namespace_record("alpha", 4, 7));
    f.put(namespace_record("beta", 2, 8));
    self.hosted = {{"alpha", {}}};
  }
  neighbours now() const { return neighbours_of(f.folded, self); }

  lone_cluster f;
  node_profile self;
};

TEST_F(neighbours_test, are_all_namespaces_that_a_node_does_not_serve) {
  EXPECT_THAT(now(), ElementsAre(Key("beta")));
  const auto beta = now().at("beta");
  EXPECT_EQ(beta.row, (cluster_namespace{5, 2, incarnation(8)}));
  EXPECT_THAT(beta.doors, IsEmpty());
  f.put(namespace_record("gamma", 1));
  EXPECT_THAT(now(), ElementsAre(Key("beta"), Key("gamma")));
}

TEST_F(neighbours_test, have_the_doors_of_those_who_serve_them_and_leave_last) {
  f.join({.node = "a", .session = 1, .serves = {"alpha"}, .door = "http://a"});
  const auto b = f.join({.node = "b", .session = 2, .serves = {"beta"}, .door = "http://b"});
  f.join({.node = "c", .session = 3, .serves = {"beta"}});
  const auto d =
      f.join({.node = "d", .session = 4, .serves = {"alpha", "beta"}, .door = "http://d"});
  EXPECT_THAT(now().at("beta").doors, ElementsAre("http://b", "http://d"));
  f.put(leaving_record(b));
  EXPECT_THAT(now().at("beta").doors, ElementsAre("http://d", "http://b"));
  f.put(left_record(d));
  EXPECT_THAT(now().at("beta").doors, ElementsAre("http://b"));
}

}  // namespace
}  // namespace perdure::runtime::membership
