#include <algorithm>

#include "tests/sim/cluster.hpp"

namespace perdure::sim {
namespace {

/// Who claims without the page sees that its code may have run. Not where it only came back for a
/// query.
bool leaves_a_trace(const runtime::run_state& run) {
  return !run.data.empty() || std::ranges::any_of(run.things, [](const runtime::thing& open) {
    return open.kind == runtime::thing_kind::step && !open.settled && !open.backing_off;
  });
}

}  // namespace

void cluster::crash(const std::string& workflow_id) {
  const auto whose = world_.running();
  if (!whose || !whose->alive()) return;
  auto& node = *nodes_[whose->node()];
  world_.note("{} ends the process of node {}", workflow_id, whose->node());
  try {
    for (std::size_t i = 1; i < partitions_of(how_.namespaces); ++i) {
      const auto& folded = audit_.truth(i);
      const auto run = folded.newest(workflow_id);
      const auto* known = folded.find(run);
      // Who has handed over is the owner no more; but what is in quarantine is waited for.
      if (known != nullptr && folded.session() == node.session() && leaves_a_trace(*known) &&
          (!folded.handed_over() || runtime::in_quarantine(*known)))
        audit_.crashed(runtime::partition_index(static_cast<std::uint32_t>(i)), run);
    }
  } catch (const runtime::model::violation& what) {
    found_ = what.what();  // user code must not catch it
  }
  ends_.emplace(node.session(), workflow_id);
  node.keep_page();
  world_.end(whose);
}

void cluster::restart_all() {
  world_.note("all nodes are to leave");
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& node = nodes_[i];
    const auto& seat = seats_[i];
    if (!node && seat && seat->whose()->alive()) world_.end(seat->whose());  // it has nothing yet
    if (!node || !node->whose()->alive()) continue;
    leaving_.insert(node->whose()->number());
    const auto until = world_.now() + runtime::seconds(10);
    if (cluster_log_) {
      leave_cluster(node->whose(), until);
    } else {
      node->product().begin_drain(true);
      leave(node->whose(), until);
    }
  }
}

void cluster::leave(const life_ptr& whose, runtime::timestamp until) {
  const auto& node = nodes_[whose->node()];
  if (!node || node->whose() != whose || !whose->alive()) return;
  const auto handed_over = node->product().handed_over();
  if (handed_over == true && !whose->frozen()) node->close();
  if (handed_over || world_.now() >= until) return world_.end(whose);
  world_.in(runtime::milliseconds(100), nullptr, [this, whose, until] { leave(whose, until); });
}

/// The operator comes some time after a run was parked, and again until none is.
void cluster::look_after_parked() {
  if (std::exchange(operator_comes_, true)) return;
  world_.in(world_.drawn(runtime::milliseconds(10), runtime::seconds(5)), nullptr, [this] {
    operator_comes_ = false;
    bool again = false;
    for (std::size_t i = 1; i < partitions_of(how_.namespaces); ++i)
      again = again || (audit_.truth(i).counts().parked != 0 &&
                        !losses_.contains(static_cast<std::uint32_t>(i)));
    if (!again) return;
    for (const auto& space : how_.namespaces) list_parked(space.name, {});
    look_after_parked();
  });
}

void cluster::list_parked(const std::string& name_space, std::string page) {
  ask<runtime::list_reply>(
      "list of parked runs",
      [name_space, page](runtime::client& through, auto reply) {
        runtime::list_request request;
        request.name_space = name_space;
        request.status = runtime::run_status::parked;
        request.page = page;
        through.list(std::move(request), std::move(reply));
      },
      [this, name_space](const auto& found) {
        if (!found) throw violated("an operator hears: " + found.error().message);
        for (const auto& run : found->runs) resume(run);
        if (!found->next_page.empty()) list_parked(name_space, found->next_page);
      });
}

/// Once for each time that it was parked, or with another key if that came too late.
void cluster::resume(const runtime::run_summary& parked) {
  const auto what = fmt::format("resume {} of {}", parked.turns, parked.run_id);
  if (!resumed_.insert(what).second) return;
  const auto key = fmt::format("{} ({})", what, world_.moves());
  world_.note("the operator resumes {}: {}", parked.workflow_id, parked.detail);
  uses_.mend(parked);
  ask<runtime::start_reply>(
      key,
      [parked, key](runtime::client& through, auto reply) {
        through.control(
            {{parked.name_space, {}, parked.run_id}, runtime::control_verb::resume, key, "mended"},
            std::move(reply));
      },
      [this, what](const auto& told) {  // it may have closed meanwhile
        if (!told && told.error().code == runtime::errc::too_late) resumed_.erase(what);
      });
}

}  // namespace perdure::sim
