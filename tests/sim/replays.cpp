#include "tests/sim/replays.hpp"

#include <algorithm>
#include <map>

#include "runtime/author/coroutine_host.hpp"
#include "runtime/journal.hpp"
#include "runtime/state.hpp"
#include "tests/sim/violated.hpp"

namespace perdure::sim {
namespace {

using runtime::expected;
using runtime::offset;

/// The books as a log that can be read.
class readable final : public runtime::log {
 public:
  readable(runtime::memory_log& books, runtime::partition_index partition)
      : books_(books), partition_(partition) {}

  void submit(runtime::append_request) override {}
  expected<std::size_t> run_once() override { return 0U; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  expected<std::vector<runtime::log_record>> read(runtime::partition_index, offset,
                                                  std::size_t) override {
    return runtime::fail(runtime::errc::failed_state, "the books are read record by record");
  }
  expected<std::vector<runtime::log_record>> read_at(runtime::partition_index,
                                                     std::span<const offset> offsets) override {
    std::vector<runtime::log_record> found;
    for (const auto at : offsets) {
      if (!books_.holds(at)) return runtime::fail(runtime::errc::corrupt, "no such record");
      found.push_back({partition_, at, books_.at(at)});
    }
    return found;
  }
  expected<void> trim(offset) override { return {}; }
  offset end(runtime::partition_index) const override { return books_.end(); }
  bool atomic_batches() const override { return true; }
  std::size_t limit_bytes() const override { return 0; }

 private:
  runtime::memory_log& books_;
  const runtime::partition_index partition_;
};

struct recorded_run {
  runtime::run_description who;
  std::vector<offset> turns;
};

runtime::run_description described(const runtime::state& folded, const runtime::run_state& run) {
  runtime::run_description who;
  who.run_id = folded.run_id(run.key);
  who.name_space = folded.name_space();
  who.workflow_id = run.workflow_id;
  who.agent = folded.text(run.agent);
  who.operation = folded.text(run.operation);
  if (run.has_caller) who.parent = fmt::format("{}:{}", run.caller.partition, run.caller.run);
  who.started = run.started;
  who.seed = run.seed;
  return who;
}

/// In the order of their keys.
std::map<runtime::run_key, recorded_run> all_runs(runtime::memory_log& books,
                                                  runtime::partition_index partition) {
  std::map<runtime::run_key, recorded_run> runs;
  runtime::state folded(partition);
  runtime::record_decoder decoder;
  for (const auto& entry : books.of(partition)) {
    const auto record = decoder.decode(entry.at, entry.bytes);
    runtime::actions did;
    folded.apply(*record, did);
    for (const auto& action : did) {
      if (const auto* turn = std::get_if<runtime::turn_recorded>(&action))
        if (turn->run != runtime::system_run) runs[turn->run].turns.push_back(entry.at);
      if (const auto* opened = std::get_if<runtime::run_opened>(&action))
        runs[opened->run].who = described(folded, *folded.find(opened->run));
    }
  }
  return runs;
}

std::unique_ptr<runtime::execution> brought_back(const runtime::run_description& who,
                                                 const replay_code& code) {
  for (const auto& offered : code.offered) {
    if (auto opened = coroutine_host(*offered).open(who)) return *std::move(opened);
  }
  throw violated(fmt::format("nobody has the code of {} any more", who.workflow_id));
}

/// The last turn is done again, those before it are replayed.
void replay(const runtime::run_description& who, std::vector<runtime::past_turn> journal,
            runtime::execution& code) {
  runtime::activation work;
  auto last = std::move(journal.back());
  journal.pop_back();
  work.seq = last.seq;
  work.now = last.now;
  work.before = last.before;
  work.data = std::move(last.data);
  work.journal = std::move(journal);
  const auto again = code.activate(work);
  if (again.status == runtime::run_status::parked)
    throw violated(
        fmt::format("invariant 14: {} cannot be replayed: {}", who.workflow_id, again.detail));
  if (again.after != last.after)
    throw violated(fmt::format("invariant 14: turn {} of {} is another when it is replayed",
                               last.seq, who.workflow_id));
}

}  // namespace

void check_replays(runtime::memory_log& books, runtime::partition_index partition,
                   const replay_code& code) {
  readable log(books, partition);
  for (const auto& [key, run] : all_runs(books, partition)) {
    if (!code.repeats(run.who)) continue;
    auto journal = runtime::load_journal({log, partition}, run.turns);
    if (!journal) throw violated("invariant 14: " + journal.error().message);
    if (journal->empty()) continue;
    replay(run.who, *std::move(journal), *brought_back(run.who, code));
  }
}

}  // namespace perdure::sim
