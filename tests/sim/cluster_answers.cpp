#include "tests/sim/cluster.hpp"

namespace perdure::sim {

/// A node answers at once with what it knows or refuses, else when what it appended has landed or
/// failed, and code has run. Threads, reads and appends take less than 20 ms; on a slow disk a
/// batch takes three seconds, and may wait for another. Whoever reads late answers late: an append,
/// what comes of it, a read.
runtime::duration cluster::longest_answer() const {
  if (how_.embedded) return runtime::seconds(10);
  const auto reads = how_.log.read.us + how_.log.read_jitter.us;
  if (!how_.brokers) return {runtime::seconds(1).us + 4 * reads};
  // One bundle of a partition is on its way at a time, and one that failed delays the next.
  const auto flight = reads + how_.log.write.us + how_.log.write_jitter.us;
  return {runtime::seconds(5).us + 8 * flight};
}

bool cluster::is_any_in_quarantine() const {
  for (std::size_t i = 1; i < partitions_of(how_.namespaces); ++i) {
    for (const auto& [key, run] : audit_.truth(i).runs()) {
      if (runtime::in_quarantine(run)) return true;
    }
  }
  return false;
}

/// A client who asks elsewhere when he hears nothing would hide that nobody tells him. Whoever was
/// frozen meanwhile, or could not reach his log, has as long again.
void cluster::expect_answer(const std::shared_ptr<request>& what) {
  world_.in(
      what->within, nullptr,
      [this, what, lived = what->of->freezes_and_thaws(), outages = log_->outages()] {
        if (what->answered || !what->of->alive()) return;
        if (what->of->frozen() || what->of->freezes_and_thaws() != lived)
          return expect_answer(what);
        if (log_->is_away() || log_->outages() != outages) return expect_answer(what);
        if (what->within > longest_answer() && is_any_in_quarantine()) return expect_answer(what);
        throw violated(fmt::format("node {} has not answered after {:.0f} s: {}", what->of->node(),
                                   static_cast<double>(what->within.us) / 1e6, what->name));
      });
}

/// Whoever leaves, and only he, may let go of requests without an answer of their own.
void cluster::hear_of_answer(request& what, const runtime::error* refused) {
  what.answered = true;
  if (refused == nullptr || !refused->message.starts_with("the node is shutting down")) return;
  if (what.of->alive() && !leaving_.contains(what.of->number()))
    found_ = fmt::format("node {} says that it is shutting down, and is not: {}", what.of->node(),
                         what.name);
}

}  // namespace perdure::sim
