#include "tests/sim/recorded_runs.hpp"

#include <map>

#include "runtime/state.hpp"

namespace perdure::sim {
namespace {

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

}  // namespace

std::vector<recorded_run> recorded_runs(runtime::memory_log& books,
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
  std::vector<recorded_run> all;
  for (auto& [key, run] : runs) {
    run.key = key;
    all.push_back(std::move(run));
  }
  return all;
}

runtime::expected<std::vector<runtime::log_record>> readable_books::read(runtime::partition_index,
                                                                         runtime::offset,
                                                                         std::size_t) {
  return runtime::fail(runtime::errc::failed_state, "the books are read record by record");
}

runtime::expected<std::vector<runtime::log_record>> readable_books::read_at(
    runtime::partition_index, std::span<const runtime::offset> offsets) {
  std::vector<runtime::log_record> found;
  for (const auto at : offsets) {
    const auto* bytes = books_.find(partition_, at);
    if (bytes == nullptr) return runtime::fail(runtime::errc::corrupt, "no such record");
    found.push_back({partition_, at, *bytes});
  }
  return found;
}

}  // namespace perdure::sim
