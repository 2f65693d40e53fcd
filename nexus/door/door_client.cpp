#include "nexus/door/door_client.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"

namespace perdure::nexus {

void door_client::send(runtime::foreign_message message) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  if (auto* link = link_of(message))
    link->send(std::move(message));
  else
    strays_.push_back(std::move(message));
}

/// Null: nobody knows whose the target is.
door_link* door_client::link_of(const runtime::foreign_message& message) {
  const auto has = [](runtime::partition_index partition) {
    return [partition](const auto& row) { return row.has(partition); };
  };
  const auto from =
      std::ranges::find_if(own_, has(message.source), &own_namespaces::value_type::second);
  INVARIANT(from != own_.end(), "a message of partition {}, which is none of this node's",
            message.source);
  const auto to = std::ranges::find_if(neighbours_, has(message.target),
                                       [](const auto& entry) { return entry.second.row; });
  if (to == neighbours_.end()) return nullptr;
  auto& link = links_[{from->first, to->first}];
  if (!link) {
    link = std::make_unique<door_link>(from->first, to->first, world_);
    link->know(to->second.doors);
  }
  return link.get();
}

void door_client::know(const runtime::membership::neighbours& neighbours) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  neighbours_ = neighbours;
  for (const auto& [pair, link] : links_) {
    const auto found = neighbours_.find(pair.second);
    link->know(found == neighbours_.end() ? std::vector<std::string>{} : found->second.doors);
  }
  for (auto& message : std::exchange(strays_, {})) {
    if (auto* link = link_of(message))
      link->send(std::move(message));
    else
      strays_.push_back(std::move(message));
  }
}

void door_client::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  for (const auto& [pair, link] : links_) link->stop();
}

std::vector<door_link_statistics> door_client::statistics() const {
  const std::scoped_lock lock(mutex_);
  std::vector<door_link_statistics> all;
  for (const auto& [pair, link] : links_) all.push_back(link->statistics());
  return all;
}

}  // namespace perdure::nexus
