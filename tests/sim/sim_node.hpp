#pragma once

#include <memory>

#include "actors/node.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "tests/sim/executors.hpp"
#include "tests/sim/shared_log.hpp"
#include "tests/unit/actors/memory_notes.hpp"

namespace perdure::sim {

/// What stays of a machine when its process ends.
struct machine {
  explicit machine(const world& in) : clock(in) {}
  node_clock clock;
  std::optional<std::vector<runtime::crash_notes::note>> page;  ///< what the last process left
};

/// One life of a node: the product's node, on handles that end with the life.
class sim_node {
 public:
  /// Folds the log up to its end. Throws std::runtime_error if that is refused.
  sim_node(world& in, shared_log& log, machine& on, life_ptr whose, const registry& offered,
           const std::vector<runtime::namespace_options>& namespaces, actors::node_options options,
           std::function<void(std::string)> said, node_steps::hears began);
  /// Its actors end.
  ~sim_node();
  sim_node(const sim_node&) = delete;
  sim_node& operator=(const sim_node&) = delete;

  const life_ptr& whose() const { return whose_; }
  actors::node& product() { return *node_; }
  runtime::session_id session() const { return session_; }
  /// Its process ends here and now: who is noted now stays noted.
  void keep_page() { page_ = notes_.taken(); }

 private:
  world& world_;
  shared_log& shared_;
  machine& machine_;
  const life_ptr whose_;
  runtime::session_id session_;
  std::optional<std::vector<runtime::crash_notes::note>> page_;
  node_log log_;
  node_random random_;
  node_reads reads_;
  actors::memory_notes notes_;
  node_steps steps_;
  node_watch watch_;
  coroutine_host host_;
  stage& stage_;
  std::unique_ptr<actors::node> node_;
};

}  // namespace perdure::sim
