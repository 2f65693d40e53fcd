#include "actors/node.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/catalogue_messages.hpp"
#include "actors/link_middleman.hpp"
#include "actors/node_coordinator.hpp"
#include "actors/reply_once.hpp"
#include "runtime/simulation.hpp"

namespace perdure::actors {
namespace {

partition_suspects suspects_of(const std::optional<runtime::crash_notes::page>& left,
                               runtime::partition_index partition) {
  partition_suspects suspects;
  if (!left) return suspects;
  suspects.of = left->session;
  if (MUTANT("crash-page-not-read")) return suspects;
  for (const auto& note : left->running) {
    if (note.partition == partition) suspects.runs.push_back(note.run);
  }
  return suspects;
}

std::set<std::string, std::less<>> names_of(const std::vector<runtime::agent_description>& agents) {
  std::set<std::string, std::less<>> names;
  for (const auto& agent : agents) names.insert(agent.name);
  return names;
}

catalogue_pointer catalogue_of(std::vector<runtime::agent_description> agents,
                               const perdure::step_registry& steps) {
  auto catalogue = std::make_shared<runtime::agent_catalogue>();
  catalogue->agents = std::move(agents);
  for (const auto& name : steps.names()) catalogue->steps.emplace(name, *steps.types_of(name));
  return catalogue;
}

/// What the log refuses would stop a partition. To a request of decisions or inputs comes one
/// record more, with at most one payload of 1 MiB.
void fit_into(std::size_t limit_bytes, runtime::owner_options& options) {
  options.append_bytes = std::min(options.append_bytes, limit_bytes / 4);
  // Where messages go by themselves, each is a little more than what its turn says of it.
  const auto most = options.atomic_batches ? limit_bytes : limit_bytes - limit_bytes / 64;
  options.record_bytes = std::min(options.record_bytes, most);
}

/// Of an input that the log would not take nobody would ever hear.
std::size_t largest_body(std::size_t limit_bytes, std::size_t wanted) {
  return std::min(wanted, limit_bytes - std::min(runtime::beside_a_body, limit_bytes / 2));
}

}  // namespace

node::node(node_services services, runtime::installation opened, node_options options)
    : services_(std::move(services)),
      options_(std::move(options)),
      routes_(std::move(opened.where)),
      catalogue_(catalogue_of(services_.executor.agents(), services_.step_types)),
      all_drained_(std::make_shared<std::promise<bool>>()),
      handed_over_(all_drained_->get_future().share()) {
  coordinator_ = services_.actors.spawn<node_coordinator>(all_drained_);
  const bool atomic = services_.log.atomic_batches();
  if (atomic && !opened.first_records.entries.empty())
    services_.log.submit(std::exchange(opened.first_records, {}));
  const runtime::session_id drawn(services_.random.next() | 1U);
  session_ = options_.session ? options_.session : drawn;
  const auto left = services_.notes.left_behind();
  inboxes_.resize(opened.partitions.size());
  partitions_.resize(opened.partitions.size());
  by_partition_.resize(opened.partitions.size());
  for (std::size_t i = 0; i < opened.partitions.size(); ++i) {
    auto& opened_one = opened.partitions[i];
    if (!opened_one.folded) continue;
    const runtime::partition_index index(static_cast<std::uint32_t>(i));
    auto news = inboxes_[i] = std::make_shared<inbox>();
    auto host = std::make_shared<const workflow_host>(
        workflow_host{index, services_.executor, services_.notes, services_.watch, news});
    partition_start begin;
    begin.config_version = opened_one.folded->config_version() + 1;
    begin.first_records = runtime::only_of(index, opened.first_records);
    begin.folded = std::move(opened_one.folded);
    begin.options = options_.owner;
    begin.session = session_;
    begin.suspects = suspects_of(left, index);
    begin.want = {options_.want.value_or(partition_want::no)};
    begin.told = options_.want.has_value();
    begin.yield_within = options_.drain;
    begin.unreadable = std::move(opened_one.unreadable);
    begin.options.node = options_.name;
    begin.options.hosted = names_of(services_.executor.agents());
    begin.options.atomic_batches = atomic;
    fit_into(services_.log.limit_bytes(), begin.options);
    auto partition = services_.actors.spawn<partition_actor>(
        partition_services{services_.log, services_.clock, routes_, services_.steps,
                           services_.reads, std::move(host), services_.report, coordinator_,
                           services_.cluster.on_holder, services_.cluster.hosts, services_.foreign},
        news, std::make_shared<partition_start>(std::move(begin)));
    news->bind(partition);
    caf::anon_send(coordinator_, join_atom::value, index.value, partition);
    partitions_[i] = std::move(partition);
  }
  caf::anon_send(coordinator_, open_atom::value);
  make_gateway();
}

void node::make_gateway() {
  auto edge = options_.edge;
  edge.payload_bytes = largest_body(services_.log.limit_bytes(), edge.payload_bytes);
  edge.node = options_.name;
  edge.build = options_.build;
  edge.free_disk = services_.free_disk;
  edge.cluster = services_.cluster;
  if (services_.link.dialer != nullptr) make_link(edge);
  gateway_ = std::make_unique<gateway>(routes_, inboxes_, catalogue_, services_.random,
                                       services_.clock, std::move(edge));
  if (services_.link.listener)
    publish_actor(services_.actors, *services_.link.listener, link_->actor());
}

/// It asks the gateway, which is there before anybody asks the link.
void node::make_link(gateway_options& edge) {
  link_services link{services_.clock,
                     *services_.link.dialer,
                     services_.cluster.owner,
                     services_.cluster.hosting,
                     [this](auto request, auto reply) {
                       gateway_->query_here(std::move(request), std::move(reply));
                     },
                     runtime::payload(to_bytes(*catalogue_, session_)),
                     services_.report};
  link_ = std::make_shared<link_entry>(services_.actors.spawn<link_actor>(
      std::move(link), options_.name, passed_questions_options{.self = session_}));
  edge.pass_query = [link = link_](auto request, auto partition, auto reply) {
    link->pass({partition, std::move(request), std::move(reply)});
  };
  // What is made of the answer is no work for the link's actor.
  edge.ask_catalogue = [link = link_, &reads = services_.reads](auto agent, auto reply) {
    link->pass(
        {std::move(agent), {}, [&reads, reply = make_reply_once(std::move(reply))](auto answer) {
           reads.submit([reply, answer = std::move(answer)] { reply(answer); });
         }});
  };
}

node::~node() { stop(); }

void node::on_durable(std::span<const runtime::log_record> records) {
  for (const auto& record : records) {
    if (record.partition.value < by_partition_.size())
      by_partition_[record.partition.value].push_back(record);
  }
  for (std::size_t i = 0; i < by_partition_.size(); ++i) {
    if (!by_partition_[i].empty() && inboxes_[i])
      inboxes_[i]->post(std::exchange(by_partition_[i], {}));
  }
}

void node::on_lost(runtime::partition_index partition, const runtime::error& why) {
  if (partition.value >= inboxes_.size() || !inboxes_[partition.value]) return;
  inboxes_[partition.value]->post([why](partition_actor& self) { self.lose_log(why); });
}

runtime::offset node::applied_as_owner(runtime::partition_index partition) const {
  if (partition.value >= inboxes_.size() || !inboxes_[partition.value]) return {};
  return runtime::offset(inboxes_[partition.value]->load->applied_as_owner.load());
}

void node::want(runtime::partition_index partition, const wanted_partition& what) {
  if (stopped_ || partition.value >= partitions_.size() || !partitions_[partition.value]) return;
  caf::anon_send(partitions_[partition.value], want_atom::value, what);
}

void node::know(const runtime::neighbour_places& neighbours) {
  auto where = std::make_shared<runtime::routes>(routes_);
  runtime::add_neighbours(neighbours, *where);
  for (const auto& news : inboxes_) {
    if (news) news->post([where](partition_actor& self) { self.know(*where); });
  }
}

void node::show_states(const std::function<void(const runtime::state&)>& to) const {
  for (const auto& news : inboxes_) {
    if (news) news->post([to](partition_actor& self) { to(self.folded()); });
  }
}

void node::begin_drain(bool patient) { caf::anon_send(coordinator_, drain_atom::value, patient); }

std::optional<bool> node::handed_over() const {
  if (!has_come_within(runtime::duration{})) return std::nullopt;
  return handed_over_.get();
}

bool node::has_come_within(runtime::duration time) const {
  const std::chrono::microseconds limit(time.us);
  // style: allow(real_time) nothing but `drain`, for a process of its own, waits at all
  return handed_over_.wait_for(limit) == std::future_status::ready;
}

bool node::drain() {
  if (drained_) return *drained_;
  if (stopped_ || std::ranges::none_of(partitions_, &caf::actor::operator bool)) return true;
  begin_drain(true);
  if (!has_come_within(options_.drain)) {
    begin_drain(false);  // attempts that still run are repeated by the next owner
    has_come_within(runtime::seconds(2));
  }
  drained_ = handed_over().value_or(false);
  return *drained_;
}

void node::stop() {
  if (std::exchange(stopped_, true)) return;
  if (link_) link_->close();
  for (const auto& partition : partitions_) {
    if (partition) caf::anon_send_exit(partition, caf::exit_reason::user_shutdown);
  }
  caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
  for (const auto& news : inboxes_) {
    if (news) news->unbind();
  }
  partitions_.clear();
  coordinator_ = nullptr;
}

}  // namespace perdure::actors
