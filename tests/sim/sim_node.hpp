#pragma once

#include <memory>

#include "actors/node.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "tests/sim/executors.hpp"
#include "tests/sim/log_form.hpp"

namespace perdure::sim {

/// One life of a node: the product's node, on handles that end with the life.
class sim_node {
 public:
  /// Folds the log up to its end. `places`: where the cluster has the namespaces, if it is a
  /// member. Throws std::runtime_error if that is refused, cannot_open.
  sim_node(world& in, log_form& log, machine& on, life_ptr whose, const registry& offered,
           const std::vector<runtime::namespace_options>& namespaces, actors::node_options options,
           host_options code, std::function<void(std::string)> said, node_steps::hears began,
           const runtime::namespace_places& places = {}, actors::cluster_door door = {});
  /// Its actors end, with all others that were told to.
  ~sim_node();
  /// They are told to end. Nothing of it has an effect any more.
  void leave();
  sim_node(const sim_node&) = delete;
  sim_node& operator=(const sim_node&) = delete;

  const life_ptr& whose() const { return whose_; }
  actors::node& product() { return *node_; }
  runtime::session_id session() const { return session_; }
  /// Its process ends when it has handed over.
  void close() { opened_->close(); }
  /// Its process ends here and now: who is noted now stays noted.
  void keep_page() { opened_->keep_notes(); }

 private:
  world& world_;
  const life_ptr whose_;
  runtime::session_id session_;
  runtime::opening_fold fold_;
  const std::unique_ptr<log_of_life> opened_;
  node_random random_;
  node_reads reads_;
  node_steps steps_;
  node_watch watch_;
  coroutine_host host_;
  stage& stage_;
  std::unique_ptr<actors::node> node_;
};

}  // namespace perdure::sim
