#include "tests/sim/sim_node.hpp"

#include <stdexcept>

namespace perdure::sim {

sim_node::sim_node(world& in, shared_log& log, machine& on, life_ptr whose, const registry& offered,
                   const std::vector<runtime::namespace_options>& namespaces,
                   actors::node_options options, std::function<void(std::string)> said,
                   node_steps::hears began)
    : world_(in),
      shared_(log),
      machine_(on),
      whose_(std::move(whose)),
      log_(in, log, whose_),
      random_(in),
      reads_(in, whose_),
      steps_(in, whose_, offered.steps(), on.clock, notes_, std::move(began)),
      host_(offered),
      stage_(in.open_stage(whose_)) {
  notes_.left = std::exchange(on.page, std::nullopt);
  runtime::opening_fold fold;
  const auto known = log.records().size();
  fold.read(log.records());
  auto found = fold.match(namespaces, runtime::incarnation(0xAB));
  if (!found) throw std::runtime_error(found.error().message);
  node_ = std::make_unique<actors::node>(
      actors::node_services{
          .log = log_,
          .clock = on.clock,
          .random = random_,
          .actors = stage_.actors(),
          .executor = host_,
          .steps = steps_,
          .reads = reads_,
          .watch = watch_,
          .step_types = offered.steps(),
          .notes = notes_,
          .report = [said = std::move(said)](runtime::log_line::level,
                                             std::string text) { said(std::move(text)); }},
      *std::move(found), std::move(options));
  session_ = runtime::session_id(random_.first.value_or(0) | 1U);  // the node draws it first
  shared_.listen(whose_, known, *node_);
}

sim_node::~sim_node() {
  machine_.page = page_ ? std::move(*page_) : notes_.taken();
  shared_.forget(whose_);
  node_->stop();
  stage_.clear();
  node_.reset();
  world_.close_stage(stage_);
}

}  // namespace perdure::sim
