#include "actors/gateway.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "actors/reply_once.hpp"
#include "runtime/hex.hpp"

namespace perdure::actors {

using runtime::errc;
using runtime::fail;

namespace {

constexpr std::size_t id_bytes = 256;  // DESIGN 7.6
constexpr std::size_t list_limit = 1'000;
constexpr runtime::duration longest_time = runtime::seconds(100LL * 365 * 24 * 3'600);

runtime::expected<void> check_text(std::string_view what, std::string_view text,
                                   bool may_be_empty) {
  if (text.empty() && !may_be_empty)
    return fail(errc::invalid_argument,
                fmt::format("{} is missing: give it, 1 to {} bytes", what, id_bytes));
  if (text.size() > id_bytes) {
    return fail(errc::too_large,
                fmt::format("{} has {} bytes, the limit is {}", what, text.size(), id_bytes));
  }
  return {};
}

template <class T>
bool first_error(runtime::expected<void>& found, const T& checked) {
  if (found && !checked) found = std::unexpected(checked.error());
  return !found;
}

}  // namespace

gateway::gateway(const runtime::routes& where, std::vector<std::shared_ptr<inbox>> inboxes,
                 catalogue_pointer own, runtime::random_source& random, const runtime::clock& clock,
                 gateway_options options)
    : routes_(where),
      inboxes_(std::move(inboxes)),
      own_(std::move(own)),
      random_(random),
      options_(std::move(options)),
      others_(std::make_shared<known_catalogues>(
          known_catalogues::services{clock, options_.cluster.hosting, options_.ask_catalogue})) {}

std::string gateway::make_key() { return runtime::hex_of(random_.next(), random_.next()); }

runtime::expected<runtime::partition_index> gateway::find(
    const runtime::workflow_address& target) const {
  const auto space = routes_.all().find(target.name_space);
  if (space == routes_.all().end()) {
    return fail(errc::not_found, fmt::format("no namespace '{}' here: see the node's configuration",
                                             target.name_space));
  }
  if (!target.workflow_id.empty()) {
    if (const auto checked = check_text("the workflow id", target.workflow_id, false); !checked)
      return std::unexpected(checked.error());
    return routes_.find(target.name_space, target.workflow_id).partition;
  }
  // A run id names its partition: namespace~number~incarnation~key.
  const auto first = target.run_id.find('~');
  std::uint32_t number = 0;
  const char* const end = target.run_id.data() + target.run_id.size();
  if (first != std::string::npos &&
      std::from_chars(target.run_id.data() + first + 1, end, number).ec == std::errc{} &&
      number < space->second.size()) {
    return space->second[number];
  }
  return fail(
      errc::invalid_argument,
      fmt::format("'{}' is no run id of this installation: give a workflow id, as `perdure "
                  "workflow list` shows it, or a run id, as `perdure workflow describe` does",
                  target.run_id));
}

template <class T, class Call>
void gateway::route(const runtime::workflow_address& target, load_kind kind,
                    runtime::reply_to<T> reply, Call call) {
  const auto found = find(target);
  if (!found) return reply(std::unexpected(found.error()));
  const auto& to = inboxes_[found->value];
  const auto& load = to->load;
  auto& count = kind == load_kind::wait ? load->waits : load->requests;
  const auto limit = kind == load_kind::wait ? options_.waits : options_.requests;
  if (count.fetch_add(1) >= limit) {
    count.fetch_sub(1);
    return reply(
        fail(errc::overloaded,
             fmt::format("{} requests wait for an answer already: ask again in a moment", limit)));
  }
  to->post(std::function<void(partition_actor&)>(
      [call = std::move(call), once = make_reply_once(std::move(reply), &count, load)](
          partition_actor& partition) { call(partition, once); }));
}

/// DESIGN 3.5: only the edge refuses, on apply lag, bytes in flight or disk space.
runtime::expected<std::shared_ptr<void>> gateway::admit(const runtime::workflow_address& target,
                                                        std::size_t bytes) {
  const auto to = find(target);
  if (!to) return std::unexpected(to.error());
  if (const auto lag = inboxes_[to->value]->load->unapplied.load(); lag > options_.max_apply_lag) {
    return fail(errc::overloaded,
                fmt::format("the partition is {} records behind its log, the limit for new work is "
                            "{}: ask again in a moment",
                            lag, options_.max_apply_lag));
  }
  if (options_.free_disk && options_.min_free_disk != 0) {
    if (const auto free = options_.free_disk(); free < options_.min_free_disk) {
      return fail(
          errc::overloaded,
          fmt::format("the node's disk has {} bytes free, {} must stay for the work that is "
                      "there (edge.min_free_disk): make room, then ask again",
                      free, options_.min_free_disk));
    }
  }
  if (bytes_in_flight_->fetch_add(bytes) + bytes > options_.max_bytes_in_flight) {
    *bytes_in_flight_ -= bytes;
    return fail(errc::overloaded,
                fmt::format("requests with {} bytes wait for an answer already: ask again in a "
                            "moment",
                            options_.max_bytes_in_flight));
  }
  return std::shared_ptr<void>(
      nullptr, [total = bytes_in_flight_, bytes](std::nullptr_t) { *total -= bytes; });
}

template <class Call>
void gateway::route_work(const runtime::workflow_address& target, std::size_t bytes,
                         runtime::reply_to<runtime::start_reply> reply, Call call) {
  auto counted = admit(target, bytes);
  if (!counted) return reply(std::unexpected(counted.error()));
  route<runtime::start_reply>(
      target, load_kind::request,
      [reply = std::move(reply), counted = *std::move(counted)](auto answer) mutable {
        counted.reset();
        reply(std::move(answer));
      },
      std::move(call));
}

runtime::expected<void> gateway::check_body(const runtime::payload& body) const {
  if (body.size() <= options_.payload_bytes) return {};
  return fail(errc::too_large, fmt::format("a body of {} bytes, the limit is {}", body.size(),
                                           options_.payload_bytes));
}

std::optional<std::vector<runtime::agent_host>> gateway::agent_hosts() const {
  if (!options_.cluster.status) return std::nullopt;
  std::vector<runtime::agent_host> hosts;
  for (const auto& node : options_.cluster.status().nodes) {
    for (const auto& agent : node.agents)
      hosts.push_back({agent.name_space, agent.name, node.node, agent.build});
  }
  std::ranges::sort(hosts);
  return hosts;
}

bool gateway::is_hosted_elsewhere(const runtime::start_request& request) const {
  return options_.cluster.hosting &&
         !options_.cluster.hosting({request.name_space, request.agent}).empty();
}

/// Which operations an agent has only its own nodes know.
runtime::expected<void> gateway::check_operation(const runtime::start_request& request) const {
  if (own_->find(request.agent) == nullptr) {
    if (is_hosted_elsewhere(request)) return {};
    if (others_->last_told({request.name_space, request.agent})) {
      return fail(errc::unavailable,
                  fmt::format("no node has agent '{}' at this moment: ask again when one is back",
                              request.agent));
    }
    return fail(errc::not_found,
                fmt::format("no agent '{}' here: `perdure agents list` shows what there is",
                            request.agent));
  }
  const auto* operation = own_->find(request.agent, request.operation);
  if (operation == nullptr) {
    return fail(errc::not_found,
                fmt::format("agent '{}' has no operation '{}'", request.agent, request.operation));
  }
  if (operation->kind != runtime::operation_kind::workflow &&
      operation->kind != runtime::operation_kind::function) {
    return fail(errc::invalid_argument,
                fmt::format("{}/{} is a signal or a query: send it to a running workflow instead",
                            request.agent, request.operation));
  }
  return {};
}

runtime::expected<void> gateway::check(const runtime::start_request& request) const {
  runtime::expected<void> found;
  if (first_error(found, check_text("the workflow id", request.workflow_id, true)) ||
      first_error(found, check_text("the request key", request.request_key, true)) ||
      first_error(found, check_body(request.input)) ||
      first_error(found, check_operation(request))) {
    return found;
  }
  if (request.policy < runtime::id_policy::reject_running ||
      request.policy > runtime::id_policy::attach) {
    return fail(errc::invalid_argument,
                "the id policy is none of reject_running, reject_ever and attach");
  }
  for (const auto time : {request.delay, request.timeout}) {
    if (time < runtime::duration{} || time > longest_time)
      return fail(errc::invalid_argument, "delay and timeout are from 0 to 100 years");
  }
  return {};
}

void gateway::start(runtime::start_request request, runtime::reply_to<runtime::start_reply> reply) {
  if (const auto checked = check(request); !checked) return reply(std::unexpected(checked.error()));
  if (request.request_key.empty()) request.request_key = make_key();
  if (request.workflow_id.empty()) {  // DESIGN 2.9: the same for every retry with this key
    const auto low =
        runtime::hash_bytes(request.agent + '\0' + request.operation + '\0' + request.request_key);
    const auto high = runtime::hash_bytes(request.request_key, low.value);
    request.workflow_id = runtime::hex_of(high.value, low.value);
  }
  const runtime::workflow_address target{request.name_space, request.workflow_id, {}};
  const auto bytes = request.input.size();
  route_work(target, bytes, std::move(reply),
             [request = std::move(request)](partition_actor& to, const auto& answer) {
               to.start(request, answer);
             });
}

bool gateway::has_all_agents(std::string_view name_space) const {
  if (!options_.cluster.all_agents) return true;
  const auto has_it = [this](std::string_view agent) { return own_->find(agent) != nullptr; };
  return options_.cluster.all_agents(name_space, has_it) && !others_->knows_any(name_space);
}

void gateway::catalogue(runtime::agent_address agent, runtime::reply_to<catalogue_pointer> reply) {
  if (own_->find(agent.agent) != nullptr) return reply(own_);
  if (!routes_.all().contains(agent.name_space)) {
    return reply(fail(errc::not_found,
                      fmt::format("no namespace '{}' here, and what the agents of other teams take "
                                  "is not asked",
                                  agent.name_space)));
  }
  others_->find(agent, std::move(reply));
}

void gateway::with_catalogue(const runtime::agent_address& agent,
                             std::function<void(const catalogue_pointer&)> go_on) {
  catalogue(agent, [others = others_, agent, go_on = std::move(go_on)](const auto& told) {
    if (told) return go_on(*told);
    go_on(told.error().code == errc::not_found ? nullptr : others->last_told(agent));
  });
}

void gateway::with_catalogues(const std::set<runtime::agent_address>& agents,
                              std::function<void(const catalogues&)> go_on) {
  struct collection {
    std::mutex mutex;
    catalogues all;
    std::function<void(const catalogues&)> go_on;
  };
  auto told = std::make_shared<collection>();
  told->go_on = std::move(go_on);
  for (const auto& agent : agents) {
    with_catalogue(agent, [told, agent, count = agents.size()](const auto& one) {
      std::unique_lock lock(told->mutex);
      told->all.emplace(agent, one);
      const bool is_last = told->all.size() == count;
      lock.unlock();
      if (is_last) told->go_on(told->all);
    });
  }
}

void gateway::agent_of(runtime::workflow_address target, runtime::reply_to<std::string> reply) {
  route(target, load_kind::request, std::move(reply),
        [target](partition_actor& to, const auto& answer) { to.agent_of(target, answer); });
}

void gateway::result(runtime::workflow_address target, runtime::duration wait,
                     runtime::reply_to<runtime::run_result> reply) {
  auto name_value = [this, space = target.name_space,
                     reply = std::move(reply)](runtime::expected<runtime::run_result> told) {
    if (!told || told->status != runtime::run_status::completed) return reply(std::move(told));
    const runtime::agent_address agent{space, told->agent};
    with_catalogue(agent, [reply, told = *std::move(told)](const auto& all) mutable {
      if (all) told.output_type = all->output_of(all->find(told.agent, told.operation));
      reply(std::move(told));
    });
  };
  route<runtime::run_result>(
      target, load_kind::wait, std::move(name_value),
      [target, wait](partition_actor& to, const auto& answer) { to.result(target, wait, answer); });
}

void gateway::signal(runtime::signal_request request,
                     runtime::reply_to<runtime::start_reply> reply) {
  runtime::expected<void> found;
  if (first_error(found, check_text("the signal's name", request.name, false)) ||
      first_error(found, check_text("the request key", request.request_key, true)) ||
      first_error(found, check_body(request.body))) {
    return reply(std::unexpected(found.error()));
  }
  if (request.request_key.empty()) request.request_key = make_key();
  const auto target = request.target;
  const auto bytes = request.body.size();
  route_work(target, bytes, std::move(reply),
             [request = std::move(request)](partition_actor& to, const auto& answer) {
               to.signal(request, answer);
             });
}

void gateway::control(runtime::control_request request,
                      runtime::reply_to<runtime::start_reply> reply) {
  runtime::expected<void> found;
  if (first_error(found, check_text("the request key", request.request_key, true)))
    return reply(std::unexpected(found.error()));
  if (request.verb < runtime::control_verb::terminate ||
      request.verb > runtime::control_verb::cancel) {
    return reply(
        fail(errc::invalid_argument, "the verb is none of terminate, pause, resume and cancel"));
  }
  if (request.reason.size() > 4'096)
    return reply(fail(errc::too_large, "the reason is longer than 4,096 bytes"));
  if (request.request_key.empty()) request.request_key = make_key();
  const auto target = request.target;
  route(target, load_kind::request, std::move(reply),
        [request = std::move(request)](partition_actor& to, const auto& answer) {
          to.control(request, answer);
        });
}

void gateway::describe(runtime::workflow_address target,
                       runtime::reply_to<runtime::run_details> reply) {
  auto name_value = [this, reply = std::move(reply)](runtime::expected<runtime::run_details> told) {
    if (!told) return reply(std::move(told));
    const runtime::agent_address agent{told->summary.name_space, told->summary.agent};
    with_catalogue(agent, [reply, told = *std::move(told)](const auto& all) mutable {
      if (all)
        told.input_type = all->input_of(all->find(told.summary.agent, told.summary.operation));
      reply(std::move(told));
    });
  };
  route<runtime::run_details>(
      target, load_kind::request, std::move(name_value),
      [target](partition_actor& to, const auto& answer) { to.describe(target, answer); });
}

void gateway::history(runtime::workflow_address target,
                      runtime::reply_to<std::vector<runtime::history_event>> reply) {
  auto name_all = [this, reply = std::move(reply)](runtime::expected<told_story> told) {
    if (!told) return reply(std::unexpected(std::move(told.error())));
    const auto agents = agents_in(*told);
    with_catalogues(agents, [reply, story = *std::move(told)](const catalogues& all) mutable {
      name_values(story, [&all](const auto& agent) {
        const auto found = all.find(agent);
        return found == all.end() ? nullptr : found->second.get();
      });
      reply(std::move(story.events));
    });
  };
  route<told_story>(
      target, load_kind::request, std::move(name_all),
      [target](partition_actor& to, const auto& answer) { to.history(target, answer); });
}

void gateway::query(runtime::query_request request, runtime::reply_to<runtime::payload> reply) {
  if (!options_.pass_query) return query_here(std::move(request), std::move(reply));
  if (const auto checked = check_body(request.input); !checked)
    return reply(std::unexpected(checked.error()));
  const auto to = find(request.target);
  if (!to) return reply(std::unexpected(to.error()));
  options_.pass_query(std::move(request), *to, std::move(reply));
}

void gateway::query_here(runtime::query_request request,
                         runtime::reply_to<runtime::payload> reply) {
  if (const auto checked = check_body(request.input); !checked)
    return reply(std::unexpected(checked.error()));
  const auto target = request.target;
  route(target, load_kind::request, std::move(reply),
        [request = std::move(request)](partition_actor& to, const auto& answer) {
          to.query(request, answer);
        });
}

namespace {

/// Asks the partitions of a namespace one after the other until the page is full. A page token is
/// "number:key of the last run shown".
struct listing : std::enable_shared_from_this<listing> {
  runtime::list_request request;
  runtime::reply_to<runtime::list_reply> reply;
  std::vector<std::shared_ptr<inbox>> partitions;
  std::size_t at = 0;
  runtime::run_key after;
  runtime::list_reply page;

  void ask() {
    auto self = shared_from_this();
    partitions[at]->post(std::function<void(partition_actor&)>([self](partition_actor& to) {
      auto part = self->request;
      part.limit -= self->page.runs.size();
      to.list(part, self->after, [self](runtime::expected<runtime::list_reply> answer) {
        self->take(std::move(answer));
      });
    }));
  }

  void take(runtime::expected<runtime::list_reply> answer) {
    if (!answer) return reply(std::unexpected(answer.error()));
    for (auto& run : answer->runs) page.runs.push_back(std::move(run));
    if (!answer->next_page.empty()) {
      page.next_page = fmt::format("{}:{}", at, answer->next_page);
      return reply(std::move(page));
    }
    after = {};
    if (++at == partitions.size()) return reply(std::move(page));
    if (page.runs.size() >= request.limit) {
      page.next_page = fmt::format("{}:0.0", at);
      return reply(std::move(page));
    }
    ask();
  }
};

bool parse_page(std::string_view text, std::size_t& partition, runtime::run_key& after) {
  const auto number = [&text](auto& out, char end) {
    const auto [next, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
    if (end == '\0') return text.empty();
    if (!text.starts_with(end)) return false;
    text.remove_prefix(1);
    return true;
  };
  return number(partition, ':') && number(after.created.value, '.') &&
         number(after.command.value, '\0');
}

}  // namespace

void gateway::list(runtime::list_request request, runtime::reply_to<runtime::list_reply> reply) {
  const auto space = routes_.all().find(request.name_space);
  if (space == routes_.all().end())
    return reply(fail(errc::not_found, fmt::format("no namespace '{}' here", request.name_space)));
  if (request.limit == 0 || request.limit > list_limit) {
    return reply(fail(errc::invalid_argument, fmt::format("a limit of {}: 1 to {} are allowed",
                                                          request.limit, list_limit)));
  }
  auto all = std::make_shared<listing>();
  for (const auto index : space->second) all->partitions.push_back(inboxes_[index.value]);
  if (!request.page.empty() &&
      (!parse_page(request.page, all->at, all->after) || all->at >= all->partitions.size())) {
    return reply(fail(errc::invalid_argument,
                      "the page is none that this node gave out: ask for the first"));
  }
  all->request = std::move(request);
  all->reply = make_reply_once(std::move(reply));
  all->ask();
}

namespace {

/// The statuses of all partitions, as they come.
struct status_collection {
  std::mutex mutex;
  runtime::node_status status;
  std::size_t missing = 0;
  runtime::reply_to<runtime::node_status> reply;

  void take(runtime::expected<runtime::partition_status> answer) {
    const std::lock_guard lock(mutex);
    status.ready &= answer && answer->is_settled();
    if (answer) status.partitions.push_back(*std::move(answer));
    if (--missing > 0) return;
    std::ranges::sort(status.partitions, {}, &runtime::partition_status::partition);
    reply(std::move(status));
  }
};

}  // namespace

void gateway::status(runtime::reply_to<runtime::node_status> reply) {
  auto all = std::make_shared<status_collection>();
  all->reply = std::move(reply);
  all->status.node = options_.node;
  all->status.build = options_.build;
  all->status.ready = true;
  for (const auto& box : inboxes_) all->missing += box ? 1 : 0;
  if (all->missing == 0) return all->reply(std::move(all->status));
  for (const auto& box : inboxes_) {
    if (!box) continue;
    const auto once = make_reply_once<runtime::partition_status>(
        [all](runtime::expected<runtime::partition_status> answer) {
          all->take(std::move(answer));
        });
    box->post(
        std::function<void(partition_actor&)>([once](partition_actor& to) { to.status(once); }));
  }
}

void gateway::cluster(runtime::reply_to<runtime::cluster_status> reply) {
  if (!options_.cluster.status) return reply(std::unexpected(runtime::no_cluster()));
  status([reply = std::move(reply), seen = options_.cluster.status()](
             const runtime::expected<runtime::node_status>& node) mutable {
    if (!node) return reply(std::unexpected(node.error()));
    for (const auto& mine : node->partitions) {
      const auto found = std::ranges::find(seen.partitions, mine.partition,
                                           &runtime::cluster_partition_status::partition);
      if (found == seen.partitions.end()) continue;
      found->holder = mine.holder;
      found->current = mine.current;
      found->applied = mine.applied;
      found->lag = mine.lag;
    }
    reply(std::move(seen));
  });
}

void gateway::drain_node(std::string node, runtime::membership::drain_wish wish,
                         runtime::reply_to<runtime::drain_reply> reply) {
  if (!options_.cluster.drain) return reply(std::unexpected(runtime::no_cluster()));
  options_.cluster.drain(std::move(node), wish, std::move(reply));
}

}  // namespace perdure::actors
