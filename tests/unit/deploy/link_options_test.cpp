#include "deploy/link_options.hpp"

#include <gmock/gmock.h>

namespace perdure::deploy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(link_options, others_are_told_the_real_port) {
  const link_options options;
  EXPECT_THAT(options.check(), IsEmpty());
  EXPECT_EQ(options.address(4711), "127.0.0.1:4711");
  EXPECT_EQ((link_options{"10.0.0.7:7090", ""}.address(7090)), "10.0.0.7:7090");
}

TEST(link_options, others_are_told_another_name_if_they_reach_it_by_that) {
  EXPECT_EQ((link_options{"0.0.0.0:7090", "node-1.internal:17090"}.address(7090)),
            "node-1.internal:17090");
  EXPECT_EQ((link_options{"[::]:0", "[fd00::7]:0"}.address(4711)), "[fd00::7]:4711");
}

TEST(link_options, every_address_of_a_machine_can_be_told_nobody) {
  EXPECT_THAT((link_options{"0.0.0.0:7090", ""}.check()),
              ElementsAre(HasSubstr("set cluster.link.advertise")));
  EXPECT_THAT((link_options{"0.0.0.0:7090", "[::]:7090"}.check()),
              ElementsAre(HasSubstr("no address that other nodes reach")));
}

TEST(link_options, what_is_no_address_is_named) {
  EXPECT_THAT((link_options{"7090", ""}.check()), ElementsAre(HasSubstr("has no port")));
  EXPECT_THAT((link_options{"127.0.0.1:0", "x"}.check()),
              ElementsAre(HasSubstr("cluster.link.advertise")));
}

}  // namespace
}  // namespace perdure::deploy
