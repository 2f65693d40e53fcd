#include "tests/sim/replays.hpp"

#include "runtime/author/coroutine_host.hpp"
#include "runtime/journal.hpp"
#include "tests/sim/violated.hpp"

namespace perdure::sim {
namespace {

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
                   std::span<const recorded_run> runs, const replay_code& code) {
  readable_books log(books, partition);
  for (const auto& run : runs) {
    if (!code.repeats(run.who)) continue;
    auto journal = runtime::load_journal({log, partition}, run.turns);
    if (!journal) throw violated("invariant 14: " + journal.error().message);
    if (journal->empty()) continue;
    replay(run.who, *std::move(journal), *brought_back(run.who, code));
  }
}

}  // namespace perdure::sim
