#include "tests/sim/cluster.hpp"

namespace perdure::sim {

void cluster::view_changes() {
  if (how_.nodes == 1 || cluster_log_) return;  // it wants all; they say it themselves
  world_.in(world_.drawn(runtime::milliseconds(50), runtime::seconds(2)), nullptr,
            [this] { assign(); });
}

/// Those that look alive have the partitions, in turn.
void cluster::assign() {
  std::vector<std::size_t> live;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i] && !nodes_[i]->whose()->frozen()) live.push_back(i);
  }
  if (live.empty()) return;
  for (std::size_t i = 1; i < assigned_.size(); ++i)
    assigned_[i] = live[(i + turn_of_assignment_) % live.size()];
  for (const auto& node : nodes_) {
    if (!node) continue;
    const auto whose = node->whose();
    const auto hears = [this, whose](runtime::duration later, bool at_once) {
      world_.in(later, whose,
                [this, whose, at_once] { tell_wants(*nodes_[whose->node()], at_once); });
    };
    const auto later = world_.drawn(runtime::milliseconds(1), how_.view_late);
    hears(later, false);
    hears({later.us + runtime::seconds(3).us}, true);  // whoever had it had time to hand it over
  }
}

void cluster::tell_wants(sim_node& node, bool at_once) {
  using actors::partition_want;
  for (std::size_t i = 1; i < assigned_.size(); ++i) {
    const bool mine = assigned_[i] == node.whose()->node();
    node.product().want(runtime::partition_index(static_cast<std::uint32_t>(i)),
                        {!mine     ? partition_want::no
                         : at_once ? partition_want::now
                                   : partition_want::when_left});
  }
}

}  // namespace perdure::sim
