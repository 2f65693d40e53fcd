#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perdure/record/v1/record.pb.h"
#include "runtime/record.hpp"
#include "tests/unit/deploy/cli/scripted_node.hpp"
#include "transport/embedded_log.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::deploy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A data directory with a log of three records in it.
class log_commands : public testing::Test {
 protected:
  log_commands() {
    auto name = (std::filesystem::temp_directory_path() / "perdure_cli_XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    write();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write();
  std::string log() const { return directory_ + "/log"; }
  /// The segment file that holds the records.
  std::string segment() const { return log() + "/segment-0000000000000001.log"; }

  std::string directory_;
  scripted_node node_;
};

TEST_F(log_commands, verify_says_that_all_is_there) {
  const auto end = node_.run({"log", "verify", directory_});
  EXPECT_EQ(end.code, exit_code::ok) << end.err;
  EXPECT_THAT(end.out, HasSubstr("3 records"));
  EXPECT_THAT(end.out, HasSubstr("whole"));
  const auto document = json::parse(node_.run({"log", "verify", log(), "--json"}).out);
  EXPECT_EQ(document["records"], 3);
  EXPECT_TRUE(document["damage"].is_null());
}

TEST_F(log_commands, verify_finds_damage) {
  std::fstream file(segment(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(600);
  const auto byte = static_cast<char>(file.get() ^ 0x40);
  file.seekp(600);
  file.put(byte);
  file.close();
  const auto end = node_.run({"log", "verify", directory_});
  EXPECT_EQ(end.code, exit_code::damaged);
  EXPECT_THAT(end.out, HasSubstr("DAMAGED"));
  EXPECT_THAT(end.out, HasSubstr("segment-0000000000000001.log"));
}

TEST_F(log_commands, a_directory_without_log_is_not_found) {
  const auto end = node_.run({"log", "verify", "/nonexistent"});
  EXPECT_EQ(end.code, exit_code::not_found);
  EXPECT_THAT(end.err, HasSubstr("/nonexistent"));
}

TEST_F(log_commands, dump_shows_each_record) {
  const auto end = node_.run({"log", "dump", directory_});
  EXPECT_EQ(end.code, exit_code::ok) << end.err;
  EXPECT_THAT(end.out, HasSubstr("signal"));
  EXPECT_THAT(end.out, HasSubstr("\"approve\""));
  EXPECT_THAT(end.out, HasSubstr("+ 5 bytes"));
  EXPECT_EQ(std::ranges::count(end.out, '\n'), 3);
}

TEST_F(log_commands, dump_keeps_to_partition_and_offset) {
  EXPECT_EQ(
      std::ranges::count(node_.run({"log", "dump", directory_, "--partition", "2"}).out, '\n'), 1);
  EXPECT_EQ(std::ranges::count(node_.run({"log", "dump", directory_, "--from", "3"}).out, '\n'), 1);
  for (const auto& [flag, value] :
       std::vector<std::pair<std::string, std::string>>{{"--from", "-1"},
                                                        {"--from", "99999999999999999999999"},
                                                        {"--from", "x"},
                                                        {"--partition", "-1"},
                                                        {"--partition", "0"},
                                                        {"--partition", "4294967296"}}) {
    const auto end = node_.run({"log", "dump", directory_, flag, value});
    EXPECT_EQ(end.code, exit_code::usage) << flag << " " << value << " " << end.out;
    EXPECT_THAT(end.err, testing::HasSubstr(flag));
  }
  EXPECT_THAT(node_.run({"log", "dump", directory_, "--partition", "9"}).out, IsEmpty());
}

TEST_F(log_commands, dump_takes_a_directory_or_a_topic) {
  for (const auto& [arguments, words] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "name a directory, or a topic"},
           {{directory_, "--kafka", "perdure.default"}, "--kafka"},
           {{"--kafka", "perdure.default"}, "name some brokers"},
           {{"--kafka", "perdure.default", "--kafka-tail-bytes", "x"}, "--kafka-tail-bytes"},
           {{"--kafka", "perdure.default", "--partition", "2147483648"}, "--partition"}}) {
    std::vector<std::string> all{"log", "dump"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto end = node_.run(all);
    EXPECT_EQ(end.code, exit_code::usage) << end.out;
    EXPECT_THAT(end.err, HasSubstr(words));
  }
}

TEST_F(log_commands, dump_for_programs_is_one_object_a_line) {
  std::istringstream lines(node_.run({"log", "dump", directory_, "--json"}).out);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    const auto record = json::parse(line);
    EXPECT_EQ(record["kind"], "signal");
    EXPECT_EQ(record["payloads"], json::parse("[5]"));
    ++count;
  }
  EXPECT_EQ(count, 3);
}

void log_commands::write() {
  transport::posix_file_system files;
  transport::system_clock clock;
  transport::system_random random;
  transport::embedded_log_options options;
  options.directory = log();
  options.segment_bytes = 64 * 1024;
  std::filesystem::create_directories(directory_);
  auto opened = transport::embedded_log::open(options, {files, clock, random}, [](auto) {});
  ASSERT_TRUE(opened) << opened.error().message;
  runtime::append_request request;
  for (std::uint32_t partition : {1U, 1U, 2U}) {
    record::v1::Signal signal;
    signal.set_name("approve");
    signal.set_body_payload(1);
    const auto begin = request.bytes.size();
    const std::string_view payload = "hello";
    runtime::encode_record(request.bytes,
                           {.kind = runtime::record_kind::signal, .time = clock.now(), .slot = {}},
                           signal, {&payload, 1});
    request.entries.push_back({runtime::partition_index(partition),
                               static_cast<std::uint32_t>(begin),
                               static_cast<std::uint32_t>(request.bytes.size() - begin)});
  }
  (*opened)->submit(std::move(request));
  ASSERT_TRUE((*opened)->run_once());
  ASSERT_TRUE((*opened)->close());
}

}  // namespace
}  // namespace perdure::deploy
