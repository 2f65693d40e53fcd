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

using runtime::catalogue_pointer;

/// What a node knows of other nodes' agents, and whom it asks for the rest
/// (docs/adr/0019-what-other-nodes-agents-take.md): each once, when it is wanted. Any thread.
/// REQUIRES: a std::shared_ptr owns it.
class known_catalogues : public std::enable_shared_from_this<known_catalogues> {
 public:
  struct services {
    const runtime::clock& clock;
    hosting_function hosting;  ///< empty: the node is no member of a cluster
    /// Asks one of those that have it; replies with the bytes of its catalogue. Empty: the node has
    /// no link.
    std::function<void(runtime::agent_address, runtime::reply_to<runtime::payload>)> ask;
    std::size_t waiting = 10'000;  ///< who wait for an answer; more are refused
  };
  explicit known_catalogues(services with) : services_(std::move(with)) {}

  /// As `runtime::client::catalogue`, of agents that are not this node's.
  void find(const runtime::agent_address& agent, runtime::reply_to<catalogue_pointer> reply);
  /// Whether anything was told of an agent of that namespace.
  bool knows_any(std::string_view name_space) const;
  /// What was told of it last, whoever has it now; null: nothing.
  catalogue_pointer last_told(const runtime::agent_address& agent) const;

 private:
  static constexpr runtime::duration silence = runtime::seconds(10);

  using hosts = std::vector<agent_peer>;
  /// Nobody has answered.
  struct failure {
    hosts asked;
    runtime::timestamp until;  ///< so long none of these is asked again
    runtime::error why;
  };
  struct entry {
    runtime::session_id session;  ///< whose `catalogue` it is
    catalogue_pointer catalogue;
    std::vector<runtime::reply_to<catalogue_pointer>> waiting;  ///< somebody was asked
    std::optional<failure> failed;
  };
  using answer = runtime::expected<catalogue_pointer>;

  hosts hosts_of(const runtime::agent_address& agent) const;
  /// At once: what is known, or why nobody is asked. Nothing: somebody is to be asked, or was.
  std::optional<answer> look_up(const runtime::agent_address& agent, const hosts& now);
  const entry* find_among(const hosts& which) const;
  void hear(const runtime::agent_address& agent, const hosts& asked,
            runtime::expected<runtime::payload> told);

  const services services_;
  mutable std::mutex mutex_;
  std::map<runtime::agent_address, entry> entries_;
  std::size_t waiting_ = 0;  ///< in all entries
};

}  // namespace perdure::actors
