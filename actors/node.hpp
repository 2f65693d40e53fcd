#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "actors/activation_watch.hpp"
#include "actors/cluster_door.hpp"
#include "actors/gateway.hpp"
#include "actors/link.hpp"
#include "actors/partition_want.hpp"
#include "actors/read_executor.hpp"
#include "runtime/author/step_registry.hpp"
#include "runtime/foreign_messages.hpp"
#include "runtime/installation.hpp"
#include "runtime/step_executor.hpp"

namespace perdure::actors {

struct node_options {
  std::string name = "node";
  std::string build;
  runtime::owner_options owner;
  gateway_options edge;
  /// At the beginning; `node::want` says more later. None: nobody knows yet.
  std::optional<partition_want> want = partition_want::now;
  runtime::session_id session = {};  ///< as which it is a member; 0: one drawn at random
  runtime::duration drain =
      runtime::seconds(10);  ///< how long a clean stop waits for attempts that run
};

/// How a node reaches the others of its cluster, and they it.
struct node_link {
  runtime::dialer* dialer = nullptr;  ///< null: not at all
  runtime::shared_socket listener;    ///< where the others connect to
};

/// What a node is built on. All of it outlives the node's `stop`; `actors`, `steps` and `reads`
/// must have come to rest before the node goes. node_threads has them for a process of its own.
struct node_services {
  runtime::log& log;
  const runtime::clock& clock;
  runtime::random_source& random;
  caf::actor_system& actors;  ///< its scheduler says which runs, its clock when delays are over
  runtime::turn_executor& executor;
  runtime::step_executor& steps;
  read_executor& reads;
  activation_watch& watch;
  const perdure::step_registry& step_types;  ///< to show what steps were given and gave back
  runtime::crash_notes& notes;
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
  /// Bytes that are free on the log's disk; empty: nobody knows. Any thread.
  std::function<std::uint64_t()> free_disk = {};
  cluster_door cluster = {};  ///< empty: the node is no member of one
  node_link link = {};        ///< only with a cluster, and a middleman in `actors`
  runtime::foreign_messages* foreign = nullptr;  ///< null: there are no neighbours
};

/// One node: its partitions, their workflows, steps and clients, on an opened log. Hears from the
/// log as its listener; somebody else drives the log (DESIGN 8).
class node final : public runtime::log_listener {
 public:
  /// Spawns the partitions, which claim at once; their records land when the log is driven.
  node(node_services services, runtime::installation opened, node_options options);
  ~node() override;

  /// Whether it is to own that partition; one that is not there is nobody's. Any thread.
  void want(runtime::partition_index partition, const wanted_partition& what);

  /// Where namespaces are that other nodes serve, all of them. Any thread.
  void know(const runtime::neighbour_places& neighbours);

  void on_durable(std::span<const runtime::log_record> records) override;
  void on_lost(runtime::partition_index partition, const runtime::error& why) override;

  /// The last record of that partition that was applied here, if it is this node's by its newest
  /// claim; 0: it is another's, or nobody's. Any thread, also when the node has stopped.
  runtime::offset applied_as_owner(runtime::partition_index partition) const;
  runtime::client& client() { return *gateway_; }

  /// Shows what each partition has folded, on its actor and some time later, for whoever compares
  /// folds (DESIGN 12.5). Not that of one that has ended.
  void show_states(const std::function<void(const runtime::state&)>& to) const;

  /// Begins to leave cleanly: no new work, and every partition hands over when what runs has
  /// ended; `patient` false: at once, the next owner repeats it. The log must still be driven.
  void begin_drain(bool patient);
  /// What came of it. True: all handed over, and none has stopped; none: not at its end.
  std::optional<bool> handed_over() const;
  /// Both, waiting in real time up to `drain`, and two seconds for the impatient end. Idempotent.
  bool drain();
  /// Tells every actor to end; the destructor does it too. What was not handed over is claimed by
  /// the next owner as after a crash.
  void stop();

 private:
  bool has_come_within(runtime::duration time) const;
  void make_gateway();
  void make_link(gateway_options& edge);

  node_services services_;
  const node_options options_;
  const runtime::routes routes_;
  const catalogue_pointer catalogue_;            ///< of this program
  std::vector<std::shared_ptr<inbox>> inboxes_;  ///< by partition index
  runtime::session_id session_;
  std::unique_ptr<gateway> gateway_;
  std::shared_ptr<link_entry> link_;  ///< null: it has none
  caf::actor coordinator_;
  std::vector<caf::actor> partitions_;  ///< by partition index; null: not of this installation
  std::shared_ptr<std::promise<bool>> all_drained_;  ///< the coordinator keeps it, or nobody
  std::shared_future<bool> handed_over_;
  std::optional<bool> drained_;                                 ///< what `drain` gave
  std::vector<std::vector<runtime::log_record>> by_partition_;  ///< the driving thread's own
  bool stopped_ = false;
};

}  // namespace perdure::actors
