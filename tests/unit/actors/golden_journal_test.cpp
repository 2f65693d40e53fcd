#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/unit/actors/memory_node.hpp"
#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/runtime/stored_log.hpp"

namespace perdure::actors {
namespace {

using testing::call_script;
using testing::script_run;

inline constexpr step<std::string(std::string)> upper{"upper"};
inline constexpr step<void(std::string)> undo{"undo"};

/// A bit of everything that a turn can hold. Never change what it asks for, nor in which order: its
/// journals are in tests/golden/v1/journals.
workflow<std::string> all_sorts(context& ctx, script_run& run, std::string input) {
  auto first = co_await ctx.step(upper, input);
  const auto id = ctx.uuid();
  auto [one, two] = co_await all(ctx.step(upper, id), ctx.step(upper, std::string("two")));
  co_await ctx.sleep(std::chrono::milliseconds(3));
  const auto called = co_await call_script(ctx, "", "callee", first, {.workflow_id = "callee"});
  auto late = co_await ctx.signal<std::string>("never", std::chrono::milliseconds(1)).outcome();
  auto failed = co_await ctx.step(undo, first).outcome();
  run.shown = fmt::format("{} {} {} {} {}", called, one, two, late.has_value(),
                          failed ? "undone" : failed.error().message());
  const auto word = co_await ctx.signal<std::string>("word");
  co_return fmt::format("{} {} {}", run.shown, word, co_await ctx.step(upper, word));
}

workflow<std::string> callee(context& ctx, script_run&, std::string input) {
  const auto dice = ctx.random();
  const auto word = co_await ctx.signal<std::string>("word");
  co_return fmt::format("{} {} {}", input, word, dice % 1'000);
}

const std::filesystem::path file = "tests/golden/v1/journals/all_sorts.log";

/// What the run showed when its journal was written.
constexpr auto shown = "BEGIN x 603 361198FC-CCE2-467A-A3D1-16EF5BAD3378 TWO false it is done";

class golden_journal : public ::testing::Test {
 protected:
  golden_journal() { offer(world_); }

  static void offer(memory_node& world) {
    testing::add_script(world.offered, {{"all_sorts", &all_sorts}, {"callee", &callee}});
    world.offered.add_step(upper, [](const std::string& in) {
      std::string out = in;
      for (auto& letter : out) letter = static_cast<char>(std::toupper(letter));
      return out;
    });
    world.offered.add_step(
        undo, [](const std::string&) { throw permanent_error("no_way", "it is done"); });
  }

  /// The log of a node that was killed while both runs waited for a word.
  static std::string write() {
    memory_node world;
    offer(world);
    world.start();
    const passing_time passes(world.clock);
    auto client = world.client();
    EXPECT_TRUE(client.start("callee", "waits", "w"));
    EXPECT_TRUE(client.start("all_sorts", "run", "begin"));
    while (!client.signal("callee", "word", "x")) std::this_thread::yield();
    while (client.query("run").value_or("").empty()) std::this_thread::yield();
    world.crash();
    std::string bytes;
    for (const auto& record : world.log.records())
      runtime::store(bytes, record.partition.value, record.bytes.view());
    return bytes;
  }

  memory_node world_;
};

/// Journals are replayed for ever: by code that asks for the same, whatever version wrote them.
/// PERDURE_WRITE_GOLDEN=1 writes what is missing, never what is there; a new journal fails here
/// until `shown` says what its run showed.
TEST_F(golden_journal, rule_6_6_is_replayed_by_every_later_version) {
  const auto path = plugin::checkout() / file;
  if (std::getenv("PERDURE_WRITE_GOLDEN") && !std::filesystem::exists(path)) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << write();
  }
  const auto stored = plugin::read_checkout(file);
  ASSERT_FALSE(stored.empty()) << path.string();

  for (const auto& [partition, record] : runtime::stored_records(stored))
    world_.log.put(runtime::partition_index(static_cast<std::uint32_t>(partition)), record);
  ASSERT_TRUE(world_.log.run_once());
  world_.clock.pass(runtime::seconds(60));
  world_.start();
  auto client = world_.client();
  EXPECT_EQ(client.query("run").value_or("an error"), shown);  // brings it back
  ASSERT_TRUE(client.signal("run", "word", "end"));
  EXPECT_EQ(client.end_of("run"), std::string(shown) + " end END");
  ASSERT_TRUE(client.signal("waits", "word", "!"));
  EXPECT_EQ(client.end_of("waits"), "w ! 939");
}

}  // namespace
}  // namespace perdure::actors
