#include "tests/sim/cluster.hpp"
#include "tests/sim/histories.hpp"

namespace perdure::sim {

/// All is done: a client asks for the history of each run that is kept, one after the other.
void cluster::check_histories() {
  ask_history(1, 0);
  run([this] { return told_histories_; });
}

void cluster::ask_history(std::size_t partition, std::size_t number) {
  const auto is_kept = [this](std::size_t where, std::size_t which) {
    return audit_.truth(where).find_closed(runs_[where][which].key) != nullptr;
  };
  while (partition < runs_.size() &&
         (number == runs_[partition].size() || !is_kept(partition, number))) {
    const bool next = number < runs_[partition].size();
    partition += next ? 0 : 1;
    number = next ? number + 1 : 0;
  }
  told_histories_ = partition == runs_.size();
  if (told_histories_) return;
  const auto& one = runs_[partition][number];
  ask<std::vector<runtime::history_event>>(
      fmt::format("history of {}", one.who.run_id),
      [whose = runtime::workflow_address{one.who.name_space, {}, one.who.run_id}](
          runtime::client& through, auto reply) { through.history(whose, std::move(reply)); },
      [this, partition, number, &one, is_kept](const auto& told) {
        if (told)
          check_history(books_, runtime::partition_index(static_cast<std::uint32_t>(partition)),
                        one, *told);
        else if (told.error().code != runtime::errc::not_found || is_kept(partition, number))
          throw violated(
              fmt::format("the history of {}: {}", one.who.workflow_id, told.error().message));
        ask_history(partition, number + 1);
      });
}

}  // namespace perdure::sim
