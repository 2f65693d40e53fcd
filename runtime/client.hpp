#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/agent_catalogue.hpp"
#include "runtime/membership/want.hpp"
#include "runtime/turn_executor.hpp"
#include "runtime/value_type.hpp"

namespace perdure::runtime {

/// Names one workflow, and maybe one of its runs.
struct workflow_address {
  std::string name_space;
  std::string workflow_id;
  std::string run_id;  ///< empty: the newest run of that workflow id
};

/// An agent, on whichever nodes it is.
struct agent_address {
  std::string name_space, agent;
  auto operator<=>(const agent_address&) const = default;
};

struct start_request {
  std::string name_space;
  std::string agent;
  std::string operation;
  std::string workflow_id;  ///< empty: derived from (agent, operation, request key)
  std::string request_key;  ///< empty: the edge makes one, and then a retry is another request
  id_policy policy = id_policy::reject_running;
  duration delay = {};    ///< first activation not before log time + delay
  duration timeout = {};  ///< the run's deadline, 0: none
  payload input;
};

/// The applied outcome of a keyed request (DESIGN 3.7).
struct start_reply {
  std::string workflow_id;
  std::string run_id;
  bool duplicate = false;  ///< the key was seen before: this is the first answer again
  bool attached = false;   ///< id policy `attach` found a run
};

struct signal_request {
  workflow_address target;
  std::string name;
  std::string request_key;
  payload body;
  /// The sender gave these bytes. False: the edge made them of JSON by the types of `typed_by`.
  bool exact = true;
  /// If not exact: the agent whose types those are; empty: of this node's own agents. Error
  /// failed_state if the run's agent is another.
  std::string typed_by = {};
};

enum class control_verb : std::uint8_t { terminate = 1, pause = 2, resume = 3, cancel = 4 };

struct control_request {
  workflow_address target;
  control_verb verb = control_verb::pause;
  std::string request_key;
  std::string reason;
};

struct run_result {
  std::string workflow_id;
  std::string run_id;
  run_status status = run_status::open;    ///< closed, unless `wait` ran out
  value_type output_type;                  ///< of the value, as far as it is known
  payload body;                            ///< the value if completed, else an encoded failure
  std::string agent = {}, operation = {};  ///< what ran
};

struct run_summary {
  std::string name_space, workflow_id, run_id, agent, operation, build, parent;
  run_status status = run_status::open;
  std::string condition;  ///< the one named condition of an open run: runnable, running, waiting,
                          ///< queued (steps of it wait for room in `steps.window`), delayed,
                          ///< paused, parked, quarantined, no_handler; else its status
  std::string detail;     ///< what it waits for, or why it is parked, in words
  timestamp started, updated, closed;
  std::uint64_t turns = 0;
  std::uint32_t partition = 0;
};

/// An open step, timer or call of a run.
struct open_thing {
  thing_number number;
  std::string kind, name, target;
  std::uint32_t attempt = 0;
  timestamp due;
  std::string last_failure;
};

struct run_details {
  run_summary summary;
  value_type input_type;
  payload input;
  std::vector<open_thing> open;
  std::size_t queued_data = 0, queued_controls = 0;
};

struct list_request {
  std::string name_space;
  std::optional<run_status> status;
  std::string agent, id_prefix;
  std::size_t limit = 100;  ///< 1…1,000
  std::string page;         ///< `next_page` of the reply before; empty: the first
};
struct list_reply {
  std::vector<run_summary> runs;
  std::string next_page;  ///< empty: this was the last
};

/// One line of a run's story.
struct history_event {
  offset at;
  timestamp time;
  turn_seq seq;
  std::string kind;  ///< started, step_scheduled, step_completed, step_failed, timer_started,
                     ///< timer_fired, call_started, …
  std::string name;  ///< of step, agent/operation, signal
  thing_number thing;
  std::uint32_t attempt = 0;
  outcome result = outcome::ok;
  duration took = {};
  timestamp due = {};  ///< of a timer that was started
  std::string build, target, detail;
  value_type body_type;
  payload body;  ///< what was given or given back
};

struct query_request {
  workflow_address target;
  std::string name;
  payload input;
};

/// What a namespace, its agents and partitions look like from outside.
struct partition_status {
  std::string name_space;
  std::uint32_t partition = 0, number_in_namespace = 0;
  std::string state;  ///< owner, claiming, draining, stopped; reader: it is another node's;
                      ///< joining: nobody has said yet whose it is to be
  /// Nothing of it is to be waited for here.
  bool is_settled() const { return state == "owner" || state == "reader"; }
  offset applied;
  std::size_t lag = 0;  ///< records of its log that came and are not applied here yet
  epoch current;
  std::string holder;  ///< whose claim the epoch is; empty: nobody has claimed, or it was left
  std::size_t open_runs = 0, resident_runs = 0, closed_runs = 0, runnable = 0, parked = 0,
              paused = 0;
  std::size_t running_steps = 0;  ///< attempts that were handed out and have not reported
  std::size_t queued_steps = 0;   ///< that wait for room in `steps.window`
};
struct node_status {
  bool ready = false;  ///< it owns every partition that it is to own
  std::string node, build;
  std::vector<partition_status> partitions;
};

/// An agent that a node has for a namespace.
struct cluster_agent_status {
  std::string name_space, name, build;
};
/// The same, and which node.
struct agent_host {
  std::string name_space, agent, node, build;
  auto operator<=>(const agent_host&) const = default;
};
/// A node that is a member, or that an operator drained.
struct cluster_node_status {
  std::string node, address;
  std::string state;  ///< present, suspected, leaving, drained, absent
  std::uint32_t weight = 0;
  std::size_t owns = 0;  ///< partitions that it is to own
  std::vector<cluster_agent_status> agents;
  std::string door = {};  ///< where nodes of other namespaces deliver; empty: nowhere
};
struct cluster_partition_status {
  std::string name_space;
  std::uint32_t partition = 0, number_in_namespace = 0;
  std::string owner, follower;  ///< who is to be that; empty: nobody can
  // As this node knows it; empty and 0 of namespaces that it does not serve.
  std::string holder;  ///< whose claim the epoch is
  epoch current;
  offset applied;
  std::size_t lag = 0;
};
/// The cluster as one node sees it.
struct cluster_status {
  std::string node;
  std::string state;  ///< of this node: reading, joining, present, leaving, left, stopped
  std::vector<cluster_node_status> nodes;
  std::vector<cluster_partition_status> partitions;
};

struct drain_reply {
  std::string node;
  bool drained = false;
  std::vector<std::string> only_here;  ///< namespaces that nobody else serves
};

template <class T>
using reply_to = std::function<void(expected<T>)>;

/// The way in for everything outside the mailbox: HTTP handlers and programs in the same process
/// use this one gateway. All calls return at once; replies come once, on any thread, and must not
/// block. Load is refused here with `overloaded` (DESIGN 3.5).
class client {
 public:
  virtual ~client() = default;
  virtual void start(start_request, reply_to<start_reply>) = 0;
  /// Replies when the run is closed, or with status open after `wait` at the latest (0: at once).
  virtual void result(workflow_address, duration wait, reply_to<run_result>) = 0;
  virtual void signal(signal_request, reply_to<start_reply>) = 0;
  virtual void control(control_request, reply_to<start_reply>) = 0;
  virtual void describe(workflow_address, reply_to<run_details>) = 0;
  virtual void list(list_request, reply_to<list_reply>) = 0;
  virtual void history(workflow_address, reply_to<std::vector<history_event>>) = 0;
  virtual void query(query_request, reply_to<payload>) = 0;
  virtual void status(reply_to<node_status>) = 0;
  /// Errors: failed_state on a node that is no member of a cluster.
  virtual void cluster(reply_to<cluster_status> reply);
  /// Replies when the cluster log holds it. Errors: failed_state (it is so already, or this node is
  /// no member of a cluster), not_found (no such node), unavailable.
  virtual void drain_node(std::string node, membership::drain_wish wish,
                          reply_to<drain_reply> reply);
  /// What this node hosts; fixed after start.
  virtual std::vector<agent_description> agents() const = 0;
  /// What the nodes of the cluster host, in order, the same on every node that has read as far.
  /// None: this node is no member of one.
  virtual std::optional<std::vector<agent_host>> agent_hosts() const { return std::nullopt; }
  /// Whether this node has every agent that the cluster has for that namespace, or had as far as it
  /// was told.
  virtual bool has_all_agents(std::string_view) const { return true; }
  /// What that agent takes and gives, with all that the program has that tells it: this one, if it
  /// has the agent; else one of those that have it, asked over a link the first time. Errors:
  /// not_found (no node has it, or ever had as far as this one heard; or this node does not serve
  /// the namespace), unavailable (none of those that have it answers; the message names one),
  /// overloaded.
  virtual void catalogue(agent_address agent, reply_to<catalogue_pointer> reply);
  /// The agent of a run, by what has been read of its log. Errors: not_found.
  virtual void agent_of(workflow_address target, reply_to<std::string> reply) = 0;
};

/// Of a node whose log is its own.
inline error no_cluster() {
  return {errc::failed_state,
          "this node's log is its own, it is no member of a cluster: nodes with "
          "kafka.bootstrap_servers are"};
}

inline void client::catalogue(agent_address agent, reply_to<catalogue_pointer> reply) {
  reply(fail(errc::not_found, "no node has agent '" + agent.agent + "'"));
}
inline void client::cluster(reply_to<cluster_status> reply) {
  reply(std::unexpected(no_cluster()));
}
inline void client::drain_node(std::string, membership::drain_wish, reply_to<drain_reply> reply) {
  reply(std::unexpected(no_cluster()));
}

}  // namespace perdure::runtime
