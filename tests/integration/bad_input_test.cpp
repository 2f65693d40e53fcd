#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "runtime/decoded_record.hpp"
#include "tests/integration/disk_node.hpp"
#include "tests/nodes/waiting_run.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class bad_input : public ::testing::Test {
 protected:
  std::string data(const std::string& name = {}) const {
    return world_.options.data_directory + (name.empty() ? "" : "/" + name);
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  runtime::error refusal() {
    const auto opened = world_.open();
    if (opened) {
      ADD_FAILURE() << "it opened";
      return {errc::failed_state, ""};
    }
    return opened.error();
  }

  disk_node world_;
  waiting_run run_{world_};
};

TEST_F(bad_input, a_data_directory_that_cannot_be_made_is_named) {
  write(world_.directory.path() + "/file", "x");
  world_.options.data_directory = world_.directory.path() + "/file/data";
  EXPECT_THAT(refusal().message, HasSubstr("/file/data"));
}

TEST_F(bad_input, a_second_node_on_the_same_directory_is_refused_with_the_holder) {
  world_.start();
  disk_node second;
  second.options.data_directory = world_.options.data_directory;
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::locked);
  EXPECT_THAT(opened.error().message, HasSubstr(std::to_string(getpid())));
}

TEST_F(bad_input, foreign_files_in_the_data_directory_are_left_alone) {
  run_.leave();
  write(data("notes.txt"), "mine");
  write(data("log/segment-x.log"), "mine");
  write(data("log/.hidden"), std::string(100'000, '\0'));
  std::filesystem::create_directory(data("log/sub"));
  run_.expect_it_goes_on();
  EXPECT_EQ(std::filesystem::file_size(data("notes.txt")), 4u);
  EXPECT_EQ(std::filesystem::file_size(data("log/segment-x.log")), 4u);
}

TEST_F(bad_input, things_of_another_sort_in_the_place_of_our_files_are_named) {
  run_.leave();
  std::filesystem::remove(data("crash_notes"));
  std::filesystem::create_directory(data("crash_notes"));
  EXPECT_THAT(refusal().message, HasSubstr("crash_notes"));
  std::filesystem::remove(data("crash_notes"));
  run_.expect_it_goes_on();
}

TEST_F(bad_input, crash_notes_of_any_content_are_no_reason_not_to_start) {
  run_.leave();
  std::string noise;
  for (int i = 0; i < 4'096; ++i) noise.push_back(static_cast<char>(i * 31 + i / 7));
  for (const auto& content :
       {std::string(), std::string("x"), noise, std::string(10'000, '\xff')}) {
    write(data("crash_notes"), content);
    world_.start();
    EXPECT_EQ(world_.client().query("a"), "");
    ASSERT_TRUE(world_.stop());
  }
  run_.expect_it_goes_on();
}

TEST_F(bad_input, rule_8_damage_to_what_was_acknowledged_is_refused_with_file_and_place) {
  run_.leave();
  const auto segment = data("log/segment-0000000000000001.log");
  std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(700);
  file.put('\x5a');
  file.close();
  const auto why = refusal();
  EXPECT_EQ(why.code, errc::corrupt);
  EXPECT_THAT(why.message, HasSubstr("segment-0000000000000001.log"));
}

TEST_F(bad_input, a_log_without_its_identity_is_refused) {
  run_.leave();
  write(data("log/identity"), "who am I?");
  EXPECT_THAT(refusal().message, HasSubstr("identity"));
}

TEST_F(bad_input, a_record_of_a_partition_that_nobody_opened_is_refused_by_number) {
  run_.leave();
  std::string clock;
  runtime::encode_record(clock, {runtime::record_kind::clock, {1}, {}}, runtime::wire::Clock());
  world_.append(runtime::partition_index(99), {clock});
  EXPECT_THAT(refusal().message, HasSubstr("99"));
}

TEST_F(bad_input, a_namespace_that_the_configuration_forgot_is_refused_by_name) {
  run_.leave();
  const auto all = world_.options.namespaces;
  world_.options.namespaces.pop_back();
  EXPECT_THAT(refusal().message, HasSubstr("'closed'"));
  world_.options.namespaces = all;
  run_.expect_it_goes_on();
}

TEST_F(bad_input, options_out_of_their_limits_are_named) {
  world_.options.log.segment_bytes = 17;
  EXPECT_THAT(refusal().message, HasSubstr("segment_bytes"));
}

}  // namespace
}  // namespace perdure::testing
