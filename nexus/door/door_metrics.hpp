#pragma once

#include <vector>

#include "nexus/door/door_link.hpp"
#include "nexus/door/message_door.hpp"
#include "nexus/metrics.hpp"

namespace perdure::nexus {

/// perdure_door_deliveries_total, …_messages_total, …_refused_total by reason: what came in.
metric_families to_families(const door_statistics& door);

/// perdure_neighbour_*: what goes out, and what waits, by pair of namespaces.
metric_families to_families(const std::vector<door_link_statistics>& links);

}  // namespace perdure::nexus
