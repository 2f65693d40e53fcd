#include "runtime/routes.hpp"

#include <gtest/gtest.h>

#include "runtime/installation.hpp"

namespace perdure::runtime {
namespace {

TEST(routes, a_neighbour_is_found_and_is_none_of_the_own) {
  routes where;
  where.add("alpha", {partition_index(1), partition_index(2)});
  add_neighbours({{"beta", {3, 4}}}, where);
  const auto home = where.find("beta", "w");
  ASSERT_TRUE(home.found);
  EXPECT_EQ(home.partition.value, 3 + slot_of("w").value % 4);
  EXPECT_FALSE(where.is_own(home.partition));
  EXPECT_TRUE(where.is_own(where.find("alpha", "w").partition));
  EXPECT_FALSE(where.find("gamma", "w").found);
  EXPECT_EQ(where.all().size(), 1u) << "nobody asks this node for beta's workflows";
}

TEST(routes, a_namespace_that_is_the_nodes_own_stays_so) {
  routes where;
  where.add("alpha", {partition_index(1)});
  where.add_neighbour("alpha", {partition_index(7)});
  EXPECT_EQ(where.find("alpha", "w").partition, partition_index(1));
}

}  // namespace
}  // namespace perdure::runtime
