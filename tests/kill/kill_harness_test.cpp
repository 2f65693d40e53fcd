#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/kill/load.hpp"
#include "tests/kill/log_check.hpp"
#include "tests/kill/node_process.hpp"

namespace perdure::testing {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t fresh_seed() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(now.count()) % 1'000'000 + 1;
}

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// Kills the node again and again at random moments: while it works, while it starts, while it
/// hands over.
class reaper {
 public:
  reaper(node_process& node, std::uint64_t seed)
      : node_(node), chance_(static_cast<unsigned>(seed)) {}

  void kill_once() {
    const auto sort = chance_() % 10;
    if (sort == 0) {
      wait_ms(250);  // before it is ready
    } else {
      ASSERT_TRUE(node_.wait_until_ready()) << "the node does not start any more:\n"
                                            << node_.output_text();
      wait_ms(sort == 1 ? 20 : 900);
    }
    if (sort == 2) {  // while it hands over
      node_.child().signal(SIGTERM);
      wait_ms(150);
    }
    node_.kill();
    kills_us_.push_back(now_us());  // nothing of it happens any more
    node_.start();
  }
  const std::vector<std::int64_t>& kills_us() const { return kills_us_; }

 private:
  void wait_ms(unsigned longest) {
    std::this_thread::sleep_for(std::chrono::microseconds(chance_() % (longest * 1'000)));
  }

  node_process& node_;
  std::minstd_rand chance_;
  std::vector<std::int64_t> kills_us_;
};

TEST(kill_harness,
     nothing_acknowledged_is_lost_and_nothing_is_done_twice_however_often_it_is_killed) {
  const auto kills = number_from("PERDURE_KILLS", 200);
  const auto seed = number_from("PERDURE_SEED", fresh_seed());
  const auto again = fmt::format(
      "./perdure-dev test 'kill_harness.*however_often' --kills {} --seed {}", kills, seed);
  fmt::print("{} kills; to repeat: {}\n", kills, again);
  SCOPED_TRACE(again);
  node_process node;
  node.start();
  reaper kill(node, seed);
  load clients([&node] { return node.client(); }, seed,
               static_cast<int>(number_from("PERDURE_CLIENTS", 8)));
  for (std::uint64_t i = 1;
       i <= kills && !clients.has_problems() && !::testing::Test::HasFatalFailure(); ++i) {
    kill.kill_once();
    if (i % 20 == 0) fmt::print("{} kills, {} jobs done\n", i, clients.finished());
    std::fflush(stdout);
  }
  if (::testing::Test::HasFatalFailure()) return;
  ASSERT_TRUE(node.wait_until_ready()) << node.output_text();
  clients.finish(std::chrono::seconds(120));
  auto effects = ledger::read(node.ledger());
  clients.verify(effects);
  for (const auto& text : clients.problems()) ADD_FAILURE() << text;
  for (const auto& text : effects.problems(kill.kills_us())) ADD_FAILURE() << text;
  EXPECT_GT(clients.finished(), kills) << "the load was so small that it shows nothing";
  EXPECT_EQ(node.stop(), 0);
  for (const auto& text : problems_of_log(node.log_directory())) ADD_FAILURE() << text;
  fmt::print("{} kills, {} jobs, {} effects, {} attempts repeated, {} runs resumed as poison\n",
             kills, clients.finished(), effects.lines().size(), effects.repeated(),
             clients.resumed());
}

/// A kill from outside may park a run that a job called: the load must see to that one, too.
TEST(kill_harness, rule_5_3_a_called_run_that_is_parked_as_poison_is_resumed) {
  node_process node;
  supervisor keeper(node);
  load clients([&node] { return node.client(); }, 1, 0);
  std::vector<job> jobs(1);
  jobs[0].kind = job::sort::calls_faults;
  jobs[0].id = "caller";
  std::jthread worker(
      [&clients, &jobs, client = node.client()]() mutable { clients.run(client, jobs); });
  auto client = node.client();
  EXPECT_TRUE(eventually([&client] {
    const auto parked = client.list("team", "status=parked");
    return parked.is_ok() && !parked.body.at("runs").empty();
  }));
  node.mend();
  EXPECT_TRUE(eventually([&clients] { return clients.finished() == 1; }));
  clients.finish(std::chrono::seconds(0));
  worker.join();
  for (const auto& text : clients.problems()) ADD_FAILURE() << text;
  EXPECT_EQ(jobs[0].output, "mended");
  EXPECT_GT(clients.resumed(), 0);
}

}  // namespace
}  // namespace perdure::testing
