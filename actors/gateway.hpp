#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "actors/known_catalogues.hpp"
#include "actors/partition.hpp"
#include "runtime/client.hpp"
#include "runtime/random.hpp"
#include "runtime/routes.hpp"

namespace perdure::actors {

struct gateway_options {
  std::string node, build;
  std::size_t requests = 10'000;  ///< unanswered requests per partition before the edge refuses
  std::size_t waits = 100'000;    ///< and clients that wait for the end of a run
  std::size_t payload_bytes = std::size_t{1}
                              << 20;  ///< of an input, a signal's or a query's body (DESIGN 7.6)
  // New work, starts and signals, is refused beyond these; what moves or shows the work that is
  // there is not.
  std::size_t max_apply_lag = 100'000;  ///< records that a partition has not applied yet
  std::size_t max_bytes_in_flight = std::size_t{256}
                                    << 20;  ///< of bodies not answered yet, of the whole node
  std::uint64_t min_free_disk = std::uint64_t{256} << 20;  ///< bytes; 0: not looked at
  std::function<std::uint64_t()> free_disk;                ///< bytes; empty: not looked at
  cluster_door cluster;                                    ///< empty: no member of one
  /// Takes queries to whoever owns the partition; empty: that is this node.
  std::function<void(runtime::query_request, runtime::partition_index,
                     runtime::reply_to<runtime::payload>)>
      pass_query;
  /// Asks one of the nodes that have the agent for its catalogue; empty: this node has no link.
  std::function<void(runtime::agent_address, runtime::reply_to<runtime::payload>)> ask_catalogue;
};

/// The one way in: checks a request, finds its partition, leaves it in that partition's inbox. Load
/// is refused here and nowhere else (DESIGN 3.5). Any thread.
class gateway final : public runtime::client {
 public:
  /// `inboxes` by partition index; null where there is none.
  gateway(const runtime::routes& where, std::vector<std::shared_ptr<inbox>> inboxes,
          catalogue_pointer own, runtime::random_source& random, const runtime::clock& clock,
          gateway_options options);

  void start(runtime::start_request request,
             runtime::reply_to<runtime::start_reply> reply) override;
  void result(runtime::workflow_address target, runtime::duration wait,
              runtime::reply_to<runtime::run_result> reply) override;
  void signal(runtime::signal_request request,
              runtime::reply_to<runtime::start_reply> reply) override;
  void control(runtime::control_request request,
               runtime::reply_to<runtime::start_reply> reply) override;
  void describe(runtime::workflow_address target,
                runtime::reply_to<runtime::run_details> reply) override;
  void list(runtime::list_request request, runtime::reply_to<runtime::list_reply> reply) override;
  void history(runtime::workflow_address target,
               runtime::reply_to<std::vector<runtime::history_event>> reply) override;
  void query(runtime::query_request request, runtime::reply_to<runtime::payload> reply) override;
  /// The same, asked of this node alone: refused as `unavailable` if it does not own the partition.
  void query_here(runtime::query_request request, runtime::reply_to<runtime::payload> reply);
  void status(runtime::reply_to<runtime::node_status> reply) override;
  void cluster(runtime::reply_to<runtime::cluster_status> reply) override;
  void drain_node(std::string node, runtime::membership::drain_wish wish,
                  runtime::reply_to<runtime::drain_reply> reply) override;
  std::vector<runtime::agent_description> agents() const override { return own_->agents; }
  std::optional<std::vector<runtime::agent_host>> agent_hosts() const override;
  bool has_all_agents(std::string_view name_space) const override;
  void catalogue(runtime::agent_address agent, runtime::reply_to<catalogue_pointer> reply) override;
  void agent_of(runtime::workflow_address target, runtime::reply_to<std::string> reply) override;

 private:
  runtime::expected<runtime::partition_index> find(const runtime::workflow_address& target) const;
  runtime::expected<void> check(const runtime::start_request& request) const;
  runtime::expected<void> check_operation(const runtime::start_request& request) const;
  bool is_hosted_elsewhere(const runtime::start_request& request) const;
  runtime::expected<void> check_body(const runtime::payload& body) const;
  /// Leaves `call` in the inbox of the target's partition, or replies with why not.
  enum class load_kind { request, wait };
  template <class T, class Call>
  void route(const runtime::workflow_address& target, load_kind kind, runtime::reply_to<T> reply,
             Call call);
  /// Takes new work of so many bytes in, or says why not. What it gives keeps the bytes counted.
  runtime::expected<std::shared_ptr<void>> admit(const runtime::workflow_address& target,
                                                 std::size_t bytes);
  /// As `route`, for what `admit` takes in.
  template <class Call>
  void route_work(const runtime::workflow_address& target, std::size_t bytes,
                  runtime::reply_to<runtime::start_reply> reply, Call call);
  std::string make_key();
  /// Gives what can be known of an agent for showing values, when it is known: at once, if it is
  /// this node's. Null: nothing.
  void with_catalogue(const runtime::agent_address& agent,
                      std::function<void(const catalogue_pointer&)> go_on);
  /// The same of several. REQUIRES: some.
  using catalogues = std::map<runtime::agent_address, catalogue_pointer>;
  void with_catalogues(const std::set<runtime::agent_address>& agents,
                       std::function<void(const catalogues&)> go_on);

  const runtime::routes& routes_;
  const std::vector<std::shared_ptr<inbox>> inboxes_;
  const catalogue_pointer own_;
  runtime::random_source& random_;
  const gateway_options options_;
  const std::shared_ptr<known_catalogues> others_;
  const std::shared_ptr<std::atomic<std::size_t>> bytes_in_flight_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace perdure::actors
