#include <chrono>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/kafka_kill/cell_clients.hpp"
#include "tests/kafka_kill/faults.hpp"
#include "tests/kafka_kill/topic_check.hpp"
#include "tests/kill/load.hpp"

namespace perdure::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr int cell_workers = 6, job_workers = 3;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t fresh_seed() {
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) %
             1'000'000 +
         1;
}

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

class kafka_kill : public ::testing::Test {
 protected:
  void TearDown() override {
    if (HasFailure() && clients_) keep_what_was_seen();
  }

  void disturb(std::uint64_t rounds, std::uint64_t seed) {
    faults next(cluster_, seed);
    for (std::uint64_t i = 1; i <= rounds && !has_problems(); ++i) {
      // A fault comes in the midst of work: so many operations later.
      const auto due = clients_->seen() + 5 + (seed + i * 7'919) % 15;
      ASSERT_TRUE(eventually([&] { return clients_->seen() >= due || has_problems(); }))
          << "nobody is answered though nothing is broken";
      const auto begin = clock::now();
      const auto said = next.inject_next();
      const auto mended = clock::now();
      const auto done = clients_->seen();
      ASSERT_TRUE(cluster_.wait_until_settled()) << said << "; " << cluster_.unsettled();
      const auto settled = seconds_since(mended);
      ASSERT_TRUE(eventually([&] { return clients_->seen() >= done + 10 || has_problems(); }))
          << said << "; nobody is answered any more";
      fmt::print(
          "{:3}: {} for {:.1f} s; settled {:.1f} s later, ten operations more {:.1f} s later; {} "
          "operations, {} jobs\n",
          i, said, std::chrono::duration<double>(mended - begin).count(), settled,
          seconds_since(mended), clients_->seen(), jobs_->finished());
      std::fflush(stdout);
    }
    kills_us_ = next.kills_us();
  }

  bool has_problems() const { return clients_->has_problems() || jobs_->has_problems(); }

  void finish() {
    clients_->finish(std::chrono::seconds(90));
    jobs_->finish(std::chrono::seconds(90));
    auto effects = ledger::read(cluster_.ledger());
    if (!has_problems()) clients_->verify(effects);
    if (!has_problems()) jobs_->verify(effects);
    for (const auto& text : clients_->problems()) ADD_FAILURE() << text;
    for (const auto& text : jobs_->problems()) ADD_FAILURE() << text;
    for (const auto& text : effects.problems(kills_us_, nodes::several)) ADD_FAILURE() << text;
    effects_ = effects.lines().size();
    repeated_ = effects.repeated();
  }

  /// Whoever is asked for a history tells the same one.
  void expect_one_history(const std::string& name_space, const std::string& id) {
    std::vector<std::string> told;
    for (std::size_t i = 0; i < kill_cluster::size; ++i) {
      api_answer answer;
      ASSERT_TRUE(eventually([&] {
        answer = cluster_.client_of(i).history(name_space, id);
        return answer.is_ok();
      })) << id
          << ": " << answer.error();
      told.push_back(answer.body.dump());
      EXPECT_EQ(told.back(), told.front()) << "node " << i + 1 << " and node 1 about " << id;
    }
    ++histories_;
  }
  void expect_one_history_of_each() {
    const auto& jobs = jobs_->finished_jobs();
    for (std::size_t i = 0; i < jobs.size(); i += 1 + jobs.size() / 40)
      expect_one_history(jobs[i].name_space, jobs[i].id);
    const auto cells = clients_->cells();
    for (std::size_t i = 0; i < cells.size(); i += 1 + cells.size() / 20)
      expect_one_history("team", cells[i].id);
  }

  void keep_what_was_seen() {
    clients_->finish(std::chrono::seconds(0));
    std::ofstream out(cluster_.directory() + "/operations");
    for (const auto& one : clients_->operations())
      out << fmt::format("{} [{}, {}] {} -> {}\n", one.entity, one.invoked,
                         one.returned ? fmt::to_string(*one.returned) : "…", one.input,
                         one.output.value_or("?"));
    check_topics(cluster_.broker().options(),
                 partitions_.empty() ? cluster_.partitions() : partitions_,
                 cluster_.directory() + "/topics");
  }

  kill_cluster cluster_;
  std::unique_ptr<cell_clients> clients_;
  std::unique_ptr<load> jobs_;
  std::vector<transport::kafka_partition> partitions_;
  std::vector<std::int64_t> kills_us_;
  std::size_t effects_ = 0, repeated_ = 0, histories_ = 0;
};

TEST_F(kafka_kill, what_was_acknowledged_stands_whatever_is_killed_or_frozen) {
  const auto rounds = number_from("PERDURE_ROUNDS", faults::sorts);
  const auto seed = number_from("PERDURE_SEED", fresh_seed());
  const auto again =
      fmt::format("./perdure-dev test kafka_kill --rounds {} --seed {}", rounds, seed);
  fmt::print("{} faults; to repeat: {}\n", rounds, again);
  SCOPED_TRACE(again);
  const auto begin = clock::now();
  cluster_.start();
  ASSERT_TRUE(cluster_.wait_until_settled()) << cluster_.unsettled();
  clients_ =
      std::make_unique<cell_clients>([this] { return cluster_.client(); }, seed, cell_workers);
  jobs_ = std::make_unique<load>([this] { return cluster_.client(); }, seed, job_workers);
  disturb(rounds, seed);
  if (HasFatalFailure()) return;
  finish();
  if (HasFailure()) return;
  expect_one_history_of_each();
  EXPECT_TRUE(cluster_.wait_until_claims_stop()) << "partitions are claimed again and again";
  EXPECT_TRUE(cluster_.wait_until_settled()) << cluster_.unsettled();
  partitions_ = cluster_.partitions();
  for (std::size_t i = 0; i < kill_cluster::size; ++i) EXPECT_EQ(cluster_.node(i).stop(), 0);
  const auto log = check_topics(cluster_.broker().options(), partitions_);
  for (const auto& text : log.problems) ADD_FAILURE() << text;
  EXPECT_GT(clients_->operations().size(), rounds * 10) << "so few that they show nothing";
  fmt::print(
      "{} faults in {:.0f} s, {} of them kills of a node; {} operations of {} clients on {} cells, "
      "{} of them queries, {} asked again; {} jobs, {} effects, {} attempts repeated, {} runs "
      "resumed; {} histories the same on all nodes; {} records, {} claims, {} void turns, {} "
      "messages\n",
      rounds, seconds_since(begin), kills_us_.size(), clients_->operations().size(), cell_workers,
      clients_->cells().size(), clients_->reads(), clients_->repeated(), jobs_->finished(),
      effects_, repeated_, jobs_->resumed(), histories_, log.records, log.claims, log.void_turns,
      log.messages);
}

}  // namespace
}  // namespace perdure::testing
