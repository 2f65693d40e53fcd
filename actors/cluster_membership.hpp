#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "actors/partition_want.hpp"
#include "actors/peer.hpp"
#include "runtime/client.hpp"
#include "runtime/clock.hpp"
#include "runtime/log.hpp"
#include "runtime/membership/member.hpp"
#include "runtime/membership/neighbours.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::actors {

/// The only partition of the cluster log, as the log knows it.
inline constexpr runtime::partition_index cluster_partition(1);

/// What a node's membership needs. All of it outlives the membership.
struct membership_services {
  runtime::log& log;  ///< the cluster log, and nothing else
  const runtime::clock& clock;
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
  /// `next_wake` may be earlier than it was, or something may have come to pass that somebody waits
  /// for. Any thread; must not call back.
  std::function<void()> changed;
};

/// The shell around a node's `member` (docs/adr/0012-a-node-in-the-cluster.md): folds the cluster
/// log, appends what the member says, tells the node what to want of each partition. No actor, so
/// that nothing that user code does can hold up a heartbeat: whoever drives the cluster log brings
/// what was read, whoever has a clock calls `on_time`. All calls from any thread.
class cluster_membership final : public runtime::log_listener {
 public:
  cluster_membership(membership_services services, runtime::membership::member_options options,
                     runtime::membership::reading_from start);

  using want_function = std::function<void(runtime::partition_index, const wanted_partition&)>;

  /// From now on the node has read all partitions that it serves, reads on, and hears what is
  /// wanted of them, also what was wanted before. `want` must not call back.
  void open(want_function want);
  using neighbours_function = std::function<void(const runtime::membership::neighbours&)>;

  /// Tells now, and whenever they change, where the namespaces are that this node does not serve.
  /// `know` must not call back.
  void tell_neighbours(neighbours_function know);
  /// As the log says now.
  runtime::membership::neighbours neighbours() const;
  /// Tells the node nothing any more.
  void close();

  /// Records that are read before `on_caught_up`, and after, in log order.
  void on_durable(std::span<const runtime::log_record> records) override;
  void on_lost(runtime::partition_index partition, const runtime::error& why) override;
  /// It begins again at the next view, as one that starts: others have declared it gone long ago.
  void on_forgotten(runtime::partition_index partition) override;
  /// What was the log's end at the start was read: from now on it appends.
  void on_caught_up();
  void on_time();
  /// When `on_time` has something to do, monotonic; 0: never, unless something comes before.
  runtime::timestamp next_wake() const;
  /// A partition's own log says whose it is: session 0, nobody's.
  void on_holder(runtime::partition_index partition, runtime::session_id session,
                 runtime::offset view);

  /// The node is to own nothing any more; `condition` is `left` when it has handed over.
  void leave();
  /// The process ends, whatever it holds.
  void end();

  runtime::membership::member_condition condition() const;
  /// Why it can never be a member, or why its log cannot be followed any more.
  std::optional<runtime::error> problem() const;
  /// False: the records that were read hold no view, so the log must be read from its first.
  bool loaded() const;
  /// All namespaces that it serves have their place; by name. Empty: not yet.
  std::map<std::string, runtime::membership::cluster_namespace> namespaces() const;
  /// Whether somebody else could own partitions that this node serves.
  bool has_successor() const;
  /// An operator's wish for a node: replies when the cluster log holds it. `reply` must not call
  /// back. Errors: as `drain_record`, and failed_state if another said the contrary meanwhile.
  void drain(const std::string& node, runtime::membership::drain_wish wish,
             runtime::reply_to<runtime::drain_reply> reply);
  /// Whose a partition is by its own log, as far as it was read here.
  peer owner(runtime::partition_index partition) const;
  /// Whether the node of that session has the agent for that namespace, as it says; none: it is no
  /// member.
  std::optional<bool> hosts(runtime::session_id session, std::string_view name_space,
                            std::string_view agent) const;
  /// The nodes that have it, by name, as they say.
  std::vector<agent_peer> hosting(const runtime::agent_address& agent) const;
  /// Whether `is_known` is true of every agent that some node has for that namespace.
  bool all_agents(std::string_view name_space,
                  const std::function<bool(std::string_view agent)>& is_known) const;
  /// What was folded of the cluster log, and up to where: for whoever compares nodes.
  void show_fold(const std::function<void(const runtime::membership::cluster_state&)>& to) const;
  /// The cluster, without what only partitions know.
  runtime::cluster_status status() const;

 private:
  void fold(const runtime::log_record& record);
  void flush();
  void perform(const runtime::membership::member_output& out);
  void tell_all();
  void begin_reading(runtime::partition_index partition);
  void report(const runtime::membership::cluster_action& what) const;
  void append(std::string record, std::function<void(const runtime::error&)> failed = {});
  void answer_drains(const runtime::membership::node_drained& what);
  void refuse_drain(std::uint64_t number, const runtime::error& why);
  void refuse_drains(const runtime::error& why);
  void stop_for(const runtime::error& why);
  runtime::timestamp now() const { return services_.clock.monotonic(); }

  const membership_services services_;
  const runtime::membership::member_options options_;
  mutable std::mutex mutex_;
  runtime::membership::cluster_decoder decoder_;
  runtime::membership::member member_;
  /// By the partitions' own logs.
  std::map<runtime::partition_index, runtime::membership::partition_holder> holders_;
  want_function want_;
  neighbours_function know_;
  runtime::membership::neighbours known_;  ///< as told last
  bool told_all_ = false;
  struct waiting_drain {
    runtime::drain_reply done;
    runtime::reply_to<runtime::drain_reply> reply;
  };
  std::map<std::uint64_t, waiting_drain> drains_;  ///< by number
  std::uint64_t last_drain_ = 0;
  std::optional<runtime::error> broken_;
};

}  // namespace perdure::actors
