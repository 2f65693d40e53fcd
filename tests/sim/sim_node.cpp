#include "tests/sim/sim_node.hpp"

#include <stdexcept>

namespace perdure::sim {

sim_node::sim_node(world& in, log_form& log, machine& on, life_ptr whose, const registry& offered,
                   const std::vector<runtime::namespace_options>& namespaces,
                   actors::node_options options, host_options code,
                   std::function<void(std::string)> said, node_steps::hears began,
                   const runtime::namespace_places& places, actors::cluster_door door)
    : world_(in),
      whose_(std::move(whose)),
      opened_(log.open(whose_, on, fold_)),
      random_(in),
      reads_(in, whose_),
      steps_(in, whose_, offered.steps(), on.clock, opened_->notes(), std::move(began)),
      host_(offered, code),
      stage_(in.open_stage(whose_)) {
  auto found = places.empty() ? fold_.match(namespaces, opened_->incarnation())
                              : fold_.match(namespaces, places);
  if (!found) throw std::runtime_error(found.error().message);
  session_ = options.session;
  node_ = std::make_unique<actors::node>(
      actors::node_services{
          .log = opened_->log(),
          .clock = on.clock,
          .random = random_,
          .actors = stage_.actors(),
          .executor = host_,
          .steps = steps_,
          .reads = reads_,
          .watch = watch_,
          .step_types = offered.steps(),
          .notes = opened_->notes(),
          .report = [said = std::move(said)](runtime::log_line::level,
                                             std::string text) { said(std::move(text)); },
          .free_disk = [this] { return opened_->free_disk(); },
          .cluster = std::move(door)},
      *std::move(found), std::move(options));
  if (!session_) session_ = runtime::session_id(random_.first.value_or(0) | 1U);  // drawn first
  opened_->listen(*node_);
  in.own_actors(whose_);
}

void sim_node::leave() {
  opened_->forget();
  node_->stop();
}

sim_node::~sim_node() {
  leave();
  stage_.clear();
  node_.reset();
  world_.close_stage(stage_);
}

}  // namespace perdure::sim
