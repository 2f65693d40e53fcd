#include <algorithm>
#include <ranges>

#include "tests/sim/cluster.hpp"
#include "tests/sim/membership_books.hpp"

namespace perdure::sim {
namespace {

constexpr runtime::duration settling = runtime::seconds(15);  // late landings
constexpr runtime::duration watched = runtime::seconds(10);

}  // namespace

/// All is done and no fault comes: owners and all that only follow have folded the same (DESIGN
/// 12.5), and nobody claims any more (12.22).
void cluster::check_quiet() {
  while (log_->is_away()) wait_for(runtime::seconds(1));
  // Of a move that was just told first the old owner hears, then the new one.
  wait_for({settling.us + 2 * how_.view_late.us});
  const auto before = lost_epochs_;
  compare_folds();
  run([this] { return all_folds_agree(); });
  wait_for(watched);
  if (lost_epochs_ != before)
    throw violated("invariant 22: partitions are claimed, and nothing is wrong");
}

void cluster::wait_for(runtime::duration time) {
  const auto until = world_.now() + time;
  world_.in(time, nullptr, [] {});
  run([this, until] { return world_.now() >= until; });
}

/// Again in a moment, for those that have not read all yet.
void cluster::compare_folds() {
  for (const auto& node : nodes_) {
    if (!node || !node->whose()->alive()) continue;
    node->product().show_states([this, whose = node->session()](const runtime::state& folded) {
      if (losses_.contains(folded.self().value)) return;
      const auto& truth = audit_.truth(folded.self().value);
      if (folded.applied() != truth.applied()) return;
      if (folded.canonical() != truth.canonical())
        found_ = fmt::format("invariant 5: a node has folded p{} otherwise", folded.self());
      agreed_.insert({whose, folded.self().value});
    });
  }
  world_.in(runtime::milliseconds(100), nullptr, [this] {
    if (!all_folds_agree()) compare_folds();
  });
}

/// Each has folded the cluster log, as far as it has read, as it stands there.
void cluster::compare_members() const {
  for (const auto& seat : seats_) {
    if (!seat || !seat->whose()->alive()) continue;
    seat->product().show_fold([&](const runtime::membership::cluster_state& folded) {
      membership_books::compare(seat->whose()->node(), folded, cluster_log_->records());
    });
  }
}

/// A node that is down, or whose partition has stopped, is not asked.
bool cluster::all_folds_agree() const {
  return std::ranges::all_of(nodes_, [this](const auto& node) {
    if (!node || stopped_.contains(node->session())) return true;
    return std::ranges::all_of(
        std::views::iota(std::size_t{1}, partitions_of(how_.namespaces)), [&](std::size_t which) {
          return losses_.contains(static_cast<std::uint32_t>(which)) ||
                 agreed_.contains({node->session(), static_cast<std::uint32_t>(which)});
        });
  });
}

}  // namespace perdure::sim
