#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/runtime/stored_log.hpp"
#include "tests/unit/runtime/traces/player.hpp"

namespace perdure::runtime::traces {
namespace {

const std::filesystem::path folder = "tests/unit/runtime/traces/cases";
const std::filesystem::path golden = "tests/golden/v1/logs";

/// The trace as it comes out when its commands are played. What is no command is named in a line
/// of its own.
std::string played(const std::string& text, player& plays) {
  std::string again;
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with(' ')) continue;  // what an earlier player said
    again += line + "\n";
    if (line.empty() || line.starts_with('#')) continue;
    try {
      again += plays.play(line);
    } catch (const bad_trace& wrong) {
      ADD_FAILURE() << wrong.what() << ", in:\n" << again;
    }
  }
  again.pop_back();
  return again;
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(plugin::checkout() / folder))
    files.push_back(folder / file.path().filename());
  std::ranges::sort(files);
  return files;
}

std::filesystem::path checkout_path(const std::filesystem::path& path) {
  return plugin::checkout() / path;
}

/// What the records of a stored log do, one action a line.
std::string folded(std::string_view log) {
  state of(partition_index(0));
  record_decoder decoder;
  std::string text;
  for (const auto& [at, bytes] : stored_records(log)) {
    const auto record = decoder.decode(offset(at), payload(bytes));
    if (!record) return record.error().message;
    actions did;
    of.apply(*record, did);
    text += fmt::format("{} {}\n", at, name(record->kind()));
    for (const auto& action : did) text += "  " + to_text(action) + "\n";
  }
  return text;
}

/// PERDURE_REWRITE_TRACES=1 writes each as it comes out now, for the reviewer to read.
TEST(traces, come_out_as_they_stand_there) {
  const bool rewrite = std::getenv("PERDURE_REWRITE_TRACES") != nullptr;
  for (const auto& path : cases()) {
    SCOPED_TRACE(path.string());
    const auto text = plugin::read_checkout(path);
    player plays;
    const auto again = played(text, plays);
    if (rewrite) std::ofstream(plugin::checkout() / path) << again;
    EXPECT_EQ(text, again) << "if that is meant: PERDURE_REWRITE_TRACES=1, and read the diff";
  }
}

TEST(traces, rule_2_1_a_copy_of_any_of_their_records_changes_nothing_at_the_end) {
  for (const auto& path : cases()) {
    player plays;
    played(plugin::read_checkout(path), plays);
    EXPECT_EQ(plays.changed_by_a_copy(), "") << path.string();
  }
}

/// What these records say is said for ever: logs written by this version are folded by every later
/// one, with the same actions. PERDURE_WRITE_GOLDEN=1 keeps the log of each trace that has none;
/// what is there is never written again, whatever becomes of the trace.
TEST(golden_logs, are_kept_of_each_trace) {
  for (const auto& path : cases()) {
    player plays;
    played(plugin::read_checkout(path), plays);
    for (const auto* name : {"P", "Q"}) {
      const auto file = golden / (path.stem().string() + "." + name + ".log");
      std::string bytes;
      for (const auto& entry : plays.log(name)) store(bytes, entry.at, entry.bytes);
      if (bytes.empty()) continue;
      if (std::getenv("PERDURE_WRITE_GOLDEN") && !std::filesystem::exists(checkout_path(file))) {
        std::ofstream(checkout_path(file), std::ios::binary) << bytes;
        std::ofstream(checkout_path(file).replace_extension(".txt")) << folded(bytes);
      }
      EXPECT_TRUE(std::filesystem::exists(checkout_path(file)))
          << file.string() << ": PERDURE_WRITE_GOLDEN=1 unit_runtime --gtest_filter='golden*'";
    }
  }
}

TEST(golden_logs, mean_what_they_meant) {
  std::size_t logs = 0;
  for (const auto& file : std::filesystem::directory_iterator(checkout_path(golden))) {
    if (file.path().extension() != ".log") continue;
    const auto name = golden / file.path().filename();
    auto text = name;
    EXPECT_EQ(folded(plugin::read_checkout(name)),
              plugin::read_checkout(text.replace_extension(".txt")))
        << name.string() << " was written by an earlier version: logs out there say the same";
    ++logs;
  }
  EXPECT_GE(logs, 20u);
}

TEST(traces, a_command_that_is_not_understood_is_named) {
  const auto why = [](std::string_view line) -> std::string {
    player plays;
    try {
      plays.play(line);
    } catch (const bad_trace& wrong) {
      return wrong.what();
    }
    return "understood";
  };
  EXPECT_EQ(why("P> start w"), "understood");
  EXPECT_EQ(why("P> start w kee=1"), "'kee' is not understood in 'start w kee=1'");
  EXPECT_EQ(why("P> begin w"), "'begin' is no command");
  EXPECT_EQ(why("R> start w"), "'R' is no partition: P or Q");
  EXPECT_EQ(why("P> clock soon"), "'soon' is no time: 5s, 250ms or 7us");
}

}  // namespace
}  // namespace perdure::runtime::traces
