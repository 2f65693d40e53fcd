#include <algorithm>

#include "tests/sim/cluster.hpp"

namespace perdure::sim {

using runtime::membership::drain_wish;
using runtime::membership::member_condition;

membership_manners drawn_membership(testing::dice& chance) {
  membership_manners how;
  if (chance.happens(.3)) how.heartbeat = runtime::milliseconds(chance.between(100, 1'000));
  if (chance.happens(.3)) how.suspect_after = static_cast<std::uint32_t>(2 + chance.below(5));
  if (chance.happens(.3)) how.gone_after = static_cast<std::uint32_t>(1 + chance.below(4));
  if (chance.happens(.3)) how.hand_over = static_cast<std::uint32_t>(5 + chance.below(40));
  if (chance.happens(.5)) how.view_every = 10 + chance.below(100);
  if (chance.happens(.5)) how.recent = 20 + chance.below(300);
  return how;
}

runtime::session_id cluster::session_of(const life& whose) {
  return runtime::session_id(runtime::hash_bytes("session", whose.number()).value | 1U);
}

runtime::membership::member_options cluster::member_of(const life& whose) const {
  const auto& how = *how_.membership;
  runtime::membership::member_options options;
  options.profile.node = fmt::format("node {}", whose.node());
  options.profile.session = session_of(whose);
  std::vector<runtime::membership::hosted_agent> agents;
  for (const auto& agent : offered_[whose.node()]->agents())
    agents.push_back({agent.name, "test build"});
  for (const auto& space : how_.namespaces) {
    options.profile.hosted.push_back({space.name, agents});
    options.namespaces.push_back(
        {space.name, space.partitions, runtime::incarnation(0xA0 + whose.number())});
  }
  options.heartbeat = how.heartbeat;
  options.suspect_after = how.suspect_after;
  options.gone_after = how.gone_after;
  options.hand_over = how.hand_over;
  options.view_every = how.view_every;
  return options;
}

actors::cluster_door cluster::door_of(const life_ptr& whose) {
  auto* seat = seats_[whose->node()].get();
  if (seat == nullptr) return {};
  const auto hear = [whose, seat](runtime::partition_index partition, runtime::session_id session,
                                  runtime::offset view) {
    if (whose->alive()) seat->product().on_holder(partition, session, view);
  };
  return {hear,
          [seat] { return seat->product().status(); },
          {},
          {},
          [seat](auto session, auto name_space, auto agent) {
            return seat->product().hosts(session, name_space, agent);
          },
          [seat](const auto& agent) { return seat->product().hosting(agent); },
          [seat](auto name_space, const auto& is_known) {
            return seat->product().all_agents(name_space, is_known);
          }};
}

void cluster::take_seat(const life_ptr& whose) {
  const auto which = whose->node();
  seats_[which] = std::make_unique<cluster_seat>(
      world_, *cluster_log_, *machines_[which], whose, member_of(*whose), how_.membership->recent,
      [this, whose](const std::string& text) {
        if (whose->alive()) world_.note("node {} says: {}", whose->node(), text);
      },
      [this, whose](const runtime::namespace_places& places) { begin_node(whose, places); });
}

void cluster::open_seat(const life_ptr& whose) {
  seats_[whose->node()]->product().open([this, whose](auto partition, const auto& what) {
    if (whose->alive()) nodes_[whose->node()]->product().want(partition, what);
  });
}

/// Of a node that has opened and is awake; null: of none.
actors::cluster_membership* cluster::some_seat() {
  std::vector<actors::cluster_membership*> up;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i] && seats_[i] && nodes_[i]->whose()->alive() && !nodes_[i]->whose()->frozen())
      up.push_back(&seats_[i]->product());
  }
  return up.empty() ? nullptr : world_.faults.one_of(up);
}

/// An operator drains a node, if others are left, or gives one its share again.
void cluster::drain_some() {
  auto* through = some_seat();
  if (through == nullptr) return;
  const auto& nodes = through->status().nodes;
  if (nodes.empty()) return;
  const auto is_drained = [](const runtime::cluster_node_status& node) {
    return node.state == "drained" || node.state == "absent";
  };
  const auto& which = nodes[world_.faults.below(nodes.size())];
  const auto drained = std::ranges::count_if(nodes, is_drained);
  if (!is_drained(which) && drained + 1 >= static_cast<std::ptrdiff_t>(how_.nodes)) return;
  world_.note("an operator {} {}", is_drained(which) ? "gives work again to" : "drains",
              which.node);
  through->drain(which.node, is_drained(which) ? drain_wish::undo : drain_wish::drain,
                 [](const auto&) {});
}

/// Until nobody is drained, for the sake of those whom a fault has kept from hearing it.
void cluster::undo_drains() {
  world_.in(runtime::seconds(1), nullptr, [this] {
    auto* through = some_seat();
    // What was asked for while the brokers were away comes to pass when they are back.
    bool again = through == nullptr || world_.now() < log_->away_until() + runtime::seconds(5);
    if (through != nullptr) {
      for (const auto& node : through->status().nodes) {
        if (node.state == "present") continue;
        again = true;
        if (node.state == "drained" || node.state == "absent")
          through->drain(node.node, drain_wish::undo, [](const auto&) {});
      }
      again = again || through->condition() != member_condition::present;
    }
    if (again) undo_drains();
  });
}

/// As a process that is told to end: it hands over to others, if there are any, while it serves on.
void cluster::leave_cluster(const life_ptr& whose, runtime::timestamp until) {
  const auto& node = nodes_[whose->node()];
  if (!node || node->whose() != whose || !whose->alive()) return;
  auto& membership = seats_[whose->node()]->product();
  if (!whose->frozen() && membership.condition() != member_condition::left) {
    if (membership.has_successor() || membership.condition() == member_condition::leaving)
      membership.leave();
  }
  const bool alone = !membership.has_successor();
  if (alone || membership.condition() == member_condition::left || world_.now() >= until) {
    node->product().begin_drain(true);
    return leave(whose, std::max(until, world_.now() + runtime::seconds(3)));
  }
  world_.in(runtime::milliseconds(100), nullptr,
            [this, whose, until] { leave_cluster(whose, until); });
}

}  // namespace perdure::sim
