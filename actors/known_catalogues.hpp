#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/peer.hpp"
#include "runtime/client.hpp"
#include "runtime/clock.hpp"

namespace perdure::actors {

using catalogue_pointer = std::shared_ptr<const runtime::agent_catalogue>;

/// What a node knows of other nodes' agents, and whom it asks for the rest
/// (docs/adr/0019-what-other-nodes-agents-take.md): each once, when it is wanted. Any thread.
class known_catalogues : public std::enable_shared_from_this<known_catalogues> {
 public:
  struct services {
    const runtime::clock& clock;
    hosting_function hosting;  ///< empty: the node is no member of a cluster
    /// Asks one of those that have it; replies with the bytes of its catalogue. Empty: the node has
    /// no link.
    std::function<void(runtime::agent_address, runtime::reply_to<runtime::payload>)> ask;
  };
  explicit known_catalogues(services with) : services_(std::move(with)) {}

  /// As `runtime::client::catalogue`, of agents that are not this node's.
  void find(const runtime::agent_address& agent, runtime::reply_to<catalogue_pointer> reply);
  /// What is known of it by now; null: nothing.
  catalogue_pointer known(const runtime::agent_address& agent) const;

 private:
  static constexpr runtime::duration silence = runtime::seconds(10);

  struct entry {
    runtime::session_id session;  ///< whose `catalogue` it is
    catalogue_pointer catalogue;
    std::vector<runtime::reply_to<catalogue_pointer>> waiting;  ///< somebody was asked
    runtime::timestamp silent_until;                            ///< and nobody has answered
    runtime::error why;
  };

  /// At once: what is known, or why nobody is asked. Nothing: somebody is to be asked, or was.
  std::optional<runtime::expected<catalogue_pointer>> look_up(const runtime::agent_address& agent,
                                                              const std::vector<peer>& hosts);
  std::vector<peer> hosts_of(const runtime::agent_address& agent) const;
  const entry* find_among(const std::vector<peer>& hosts) const;
  void hear(const runtime::agent_address& agent, runtime::expected<runtime::payload> answer);

  const services services_;
  mutable std::mutex mutex_;
  std::map<runtime::agent_address, entry> entries_;
};

}  // namespace perdure::actors
