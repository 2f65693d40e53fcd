#include "actors/workflow.hpp"

namespace perdure::actors {

workflow_actor::workflow_actor(caf::actor_config& config, std::shared_ptr<const workflow_host> host,
                               runtime::run_key run)
    : caf::event_based_actor(config), host_(std::move(host)), run_(run) {}

caf::behavior workflow_actor::make_behavior() {
  return {[this](const run_order& order) { run(order); },
          [this](const query_task& query) { answer(query); }, [this](drop_atom) { quit(); }};
}

void workflow_actor::on_exit() { execution_.reset(); }

void workflow_actor::run(const run_order& order) {
  turn_done done{run_, order.work->seq, false, {}};
  {
    const runtime::crash_note note(host_->notes, {host_->partition, run_});
    if (execution_ == nullptr) {
      auto opened = host_->executor.open(*order.who);
      if (opened) execution_ = *std::move(opened);
    }
    done.no_handler = execution_ == nullptr;
    if (execution_ != nullptr) done.result = execution_->activate(*order.work);
  }
  host_->reports->post(std::move(done));
}

void workflow_actor::answer(const query_task& query) {
  const runtime::crash_note note(host_->notes, {host_->partition, run_});
  auto answer = execution_ == nullptr
                    ? runtime::fail(runtime::errc::failed_state, "the run has no frame here")
                    : execution_->query(query.name, query.input);
  host_->reports->post(query_done{query.token, std::move(answer)});
}

}  // namespace perdure::actors
