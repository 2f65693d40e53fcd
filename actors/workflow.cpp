#include "actors/workflow.hpp"

#include "runtime/simulation.hpp"

namespace perdure::actors {
namespace {

activation_watch::company company_of(bool alone) {
  return alone ? activation_watch::company::alone : activation_watch::company::others;
}

}  // namespace

workflow_actor::workflow_actor(caf::actor_config& config, std::shared_ptr<const workflow_host> host,
                               runtime::run_key run, std::uint64_t frame)
    : caf::event_based_actor(config), host_(std::move(host)), run_(run), frame_(frame) {}

caf::behavior workflow_actor::make_behavior() {
  return {[this](const run_order& order) { run(order); },
          [this](const query_task& query) { answer(query); }, [this](drop_atom) { quit(); }};
}

/// The destructors of a frame are user code, too.
void workflow_actor::on_exit() {
  if (execution_ == nullptr) return;
  const runtime::crash_note note(host_->notes, {host_->partition, run_});
  const activation_watch::scope watched(host_->watch, who_, activation_watch::company::others);
  execution_.reset();
}

void workflow_actor::run(const run_order& order) {
  if (order.who)
    who_ =
        fmt::format("run {} of {}/{}", order.who->run_id, order.who->agent, order.who->operation);
  turn_done done{run_, frame_, order.work->seq, false, {}};
  {
    const runtime::run_key noted = MUTANT("crash-note-of-another-run") ? runtime::run_key{} : run_;
    const runtime::crash_note note(host_->notes, {host_->partition, noted});
    const activation_watch::scope watched(host_->watch, who_, company_of(order.alone));
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
  const activation_watch::scope watched(host_->watch, who_, company_of(query.alone));
  auto answer = execution_ == nullptr
                    ? runtime::fail(runtime::errc::failed_state, "the run has no frame here")
                    : execution_->query(query.name, query.input);
  host_->reports->post(query_done{query.token, std::move(answer)});
}

}  // namespace perdure::actors
