#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nexus/door/door_link.hpp"
#include "runtime/membership/neighbours.hpp"

namespace perdure::nexus {

/// Carries a node's messages to the doors of its neighbours: a `door_link` for each pair of
/// namespaces that talk. Any thread.
class door_client final : public runtime::foreign_messages {
 public:
  using own_namespaces = std::map<std::string, runtime::membership::cluster_namespace, std::less<>>;

  door_client(door_environment world, own_namespaces own)
      : world_(std::move(world)), own_(std::move(own)) {}

  void send(runtime::foreign_message message) override;
  /// What the registry says of the others now.
  void know(const runtime::membership::neighbours& neighbours);
  void stop();
  std::vector<door_link_statistics> statistics() const;

 private:
  door_link* link_of(const runtime::foreign_message& message);

  const door_environment world_;
  const own_namespaces own_;
  mutable std::mutex mutex_;
  bool stopped_ = false;
  runtime::membership::neighbours neighbours_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<door_link>> links_;
  /// To partitions that the registry, as far as it was read here, does not have: answers to who was
  /// quicker.
  std::vector<runtime::foreign_message> strays_;
};

}  // namespace perdure::nexus
