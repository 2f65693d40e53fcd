#include "tests/unit/actors/one_thread_node.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace perdure::actors {

void hand_steps::start(std::vector<runtime::ordered_attempt> attempts) {
  for (auto& one : attempts) waiting_.push_back(std::move(one));
}

void hand_steps::cancel(runtime::partition_index partition, runtime::run_key run,
                        runtime::thing_number step, runtime::attempt_number attempt) {
  const auto found = std::ranges::find_if(waiting_, [&](const runtime::ordered_attempt& one) {
    const auto& what = one.attempt;
    return what.partition == partition && what.run == run && what.step == step &&
           what.attempt == attempt;
  });
  if (found == waiting_.end()) return;
  const auto one = std::move(*found);
  waiting_.erase(found);
  one.done({partition, run, step, attempt, runtime::outcome::cancelled, false, {}, {}});
}

void hand_steps::run(std::size_t which) {
  const auto one = std::move(waiting_[which]);
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(which));
  step_environment environment;
  environment.clock = &clock_;
  one.done(steps_.run(one.attempt, environment));
}

void hand_reads::run() {
  const auto read = std::move(waiting_.front());
  waiting_.pop_front();
  read();
}

void one_thread_node::begin() {
  runtime::opening_fold fold;
  const auto records = log.records();
  fold.read(records);
  auto found = fold.match(namespaces, runtime::incarnation(0xAB));
  if (!found) throw std::runtime_error(found.error().message);
  runtime::add_neighbours(neighbours, found->where);
  executor_ = make_executor();
  config_ = std::make_unique<caf::actor_system_config>();
  config_->set("scheduler.policy", caf::atom("testing"));
  config_->set("logger.verbosity", caf::atom("quiet"));
  actors_ = std::make_unique<caf::actor_system>(*config_);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(actors_->scheduler());
  node = std::make_unique<actors::node>(
      node_services{.log = log,
                    .clock = clock,
                    .random = random_,
                    .actors = *actors_,
                    .executor = *executor_,
                    .steps = steps_,
                    .reads = reads_,
                    .watch = watch_,
                    .step_types = offered.steps(),
                    .notes = notes,
                    .report = [this](runtime::log_line::level,
                                     std::string text) { said.push_back(std::move(text)); },
                    .foreign = foreign},
      *std::move(found), options);
  log.set_listener(node.get());
}

void one_thread_node::crash() {
  if (!node) return;
  log.set_listener(nullptr);
  node->stop();
  scheduler_->run();  // the actors end; the system would wait for them
  actors_.reset();
  steps_.drop();
  reads_.drop();
  notes.left = notes.taken();  // nobody: the crash comes between two moves
  log.lose_waiting();
  node.reset();
}

bool one_thread_node::move() {
  const std::size_t writes = log.waits() ? 1 : 0, read = reads_.waiting() > 0 ? 1 : 0;
  const auto moves = jobs() + steps_.waiting() + writes + read;
  if (moves == 0) return pass_time();
  auto which = chance.below(moves);
  if (which < jobs()) {
    run_job(which);
  } else if ((which -= jobs()) < steps_.waiting()) {
    steps_.run(which);
  } else if ((which -= steps_.waiting()) < read) {
    reads_.run();
  } else if (!log.run_once()) {
    throw std::runtime_error("the log in memory failed");
  }
  return true;
}

void one_thread_node::run_job(std::size_t which) {
  auto& all = scheduler_->jobs;
  std::swap(all.front(), all[which]);
  scheduler_->run_once();
}

/// Until the next delayed message is due: nothing else in a node waits for time.
bool one_thread_node::pass_time() {
  auto& actors_time = scheduler_->clock();
  const auto before = actors_time.now();
  if (!actors_time.trigger_timeout()) return false;
  const auto passed =
      std::chrono::duration_cast<std::chrono::microseconds>(actors_time.now() - before);
  clock.pass(runtime::duration{passed.count() + 1});
  return true;
}

}  // namespace perdure::actors
