#include "nexus/door/door_keys.hpp"

#include <gmock/gmock.h>

#include "tests/unit/nexus/api_fixture.hpp"

namespace perdure::nexus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string first(32, 'a'), second(32, 'b');

TEST(door_keys, stand_one_a_line_with_remarks_between) {
  const auto keys = parse_door_keys("# of team alpha\n\n  " + first + "\r\n" + second + "\n");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[0].secret, first);
  EXPECT_EQ((*keys)[1].id, make_door_key(second).id);
}

TEST(door_keys, that_are_short_are_refused_and_never_shown) {
  const auto keys = parse_door_keys(first + "\nhunter2hunter2\n");
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().message, HasSubstr("the key in line 2 has 14 bytes: 32 at least"));
  EXPECT_THAT(keys.error().message, Not(HasSubstr("hunter2")));
  EXPECT_FALSE(parse_door_keys(""));
  EXPECT_FALSE(parse_door_keys("\n \n# nothing"));
}

struct door_keys_test : ::testing::Test {
  still_clock clock;
  runtime::expected<std::string> text = first;
  int reads = 0;
  door_keys keys{{{"alpha",
                   [this] {
                     ++reads;
                     return text;
                   }}},
                 clock};
};

TEST_F(door_keys_test, the_first_signs_and_all_are_believed) {
  text = first + "\n" + second;
  ASSERT_TRUE(keys.read_all());
  EXPECT_EQ(keys.to_sign("alpha")->secret, first);
  EXPECT_EQ(keys.find("alpha", make_door_key(second).id)->secret, second);
}

TEST_F(door_keys_test, one_that_is_not_known_is_looked_for_anew_at_most_once_a_second) {
  ASSERT_TRUE(keys.read_all());
  const auto id = make_door_key(second).id;
  EXPECT_EQ(keys.find("alpha", id).error().code, runtime::errc::denied);
  text = second;
  EXPECT_FALSE(keys.find("alpha", id)) << "read a moment ago";
  EXPECT_EQ(reads, 2);
  clock.time = clock.time + runtime::seconds(1);
  EXPECT_TRUE(keys.find("alpha", id));
  EXPECT_EQ(reads, 3);
}

TEST_F(door_keys_test, a_place_that_cannot_be_read_leaves_those_that_there_are) {
  ASSERT_TRUE(keys.read_all());
  text = runtime::fail(runtime::errc::not_found, "gone");
  keys.refresh("alpha");
  EXPECT_TRUE(keys.to_sign("alpha"));
  const auto read = keys.read_all();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "doors.keys, alpha: gone");
}

TEST_F(door_keys_test, a_namespace_without_a_key_is_denied) {
  ASSERT_TRUE(keys.read_all());
  EXPECT_THAT(keys.to_sign("gamma").error().message, HasSubstr("no key is shared"));
  EXPECT_EQ(keys.find("gamma", "x").error().code, runtime::errc::denied);
}

}  // namespace
}  // namespace perdure::nexus
