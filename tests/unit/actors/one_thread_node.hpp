#pragma once

#include <deque>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/node.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "tests/unit/actors/hand_clock.hpp"
#include "tests/unit/actors/memory_log.hpp"
#include "tests/unit/actors/memory_notes.hpp"
#include "tests/world/dice.hpp"

namespace perdure::actors {

/// Attempts wait until the test runs them, in any order, on its own thread.
class hand_steps final : public runtime::step_executor {
 public:
  hand_steps(const step_registry& steps, const runtime::clock& clock)
      : steps_(steps), clock_(clock) {}
  void start(std::vector<runtime::ordered_attempt> attempts) override;
  void cancel(runtime::partition_index partition, runtime::run_key run, runtime::thing_number step,
              runtime::attempt_number attempt) override;

  std::size_t waiting() const { return waiting_.size(); }
  /// REQUIRES: which < waiting().
  void run(std::size_t which);
  void drop() { waiting_.clear(); }

 private:
  const step_registry& steps_;
  const runtime::clock& clock_;
  std::vector<runtime::ordered_attempt> waiting_;
};

/// Reads wait until the test runs them, in order.
class hand_reads final : public read_executor {
 public:
  void submit(std::function<void()> read) override { waiting_.push_back(std::move(read)); }
  std::size_t waiting() const { return waiting_.size(); }
  /// REQUIRES: waiting() > 0.
  void run();
  void drop() { waiting_.clear(); }

 private:
  std::deque<std::function<void()>> waiting_;
};

class no_watch final : public activation_watch {
 public:
  std::size_t enter(const std::string&, company) override { return 0; }
  void leave(std::size_t) override {}
};

class seeded_random final : public runtime::random_source {
 public:
  explicit seeded_random(std::uint64_t seed) : dice_(seed) {}
  std::uint64_t next() override { return dice_.next(); }

 private:
  testing::dice dice_;
};

/// A node whose every move the test makes, on its one thread and in virtual time: which actor runs,
/// when the log writes, when a step or a read ends. The same seed makes the same moves.
class one_thread_node {
 public:
  explicit one_thread_node(std::uint64_t seed)
      : log(seed % 2 == 0 ? memory_log::batches::atomic : memory_log::batches::single),
        chance(seed),
        random_(seed) {}
  ~one_thread_node() { crash(); }

  /// Folds what is in the log and begins a node on it. REQUIRES: none is there.
  void begin();
  /// The node is gone without a word to the log; what was not written is lost.
  void crash();
  /// One of the things that can happen happens; time passes when there is no other. False: nothing
  /// can, before somebody asks for something.
  bool move();

  hand_clock clock;
  memory_log log;
  memory_notes notes;
  registry offered{"test build"};
  std::vector<runtime::namespace_options> namespaces{{"team", 3, {}, 3'600, 1'000}};
  node_options options;
  runtime::foreign_messages* foreign = nullptr;
  runtime::neighbour_places neighbours;
  std::function<std::unique_ptr<runtime::turn_executor>()> make_executor = [this] {
    return std::make_unique<coroutine_host>(offered);
  };
  testing::dice chance;
  std::unique_ptr<actors::node> node;
  std::vector<std::string> said;

 private:
  std::size_t jobs() const { return scheduler_->jobs.size(); }
  void run_job(std::size_t which);
  bool pass_time();

  seeded_random random_;
  hand_steps steps_{offered.steps(), clock};
  hand_reads reads_;
  no_watch watch_;
  std::unique_ptr<runtime::turn_executor> executor_;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> actors_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
};

}  // namespace perdure::actors
