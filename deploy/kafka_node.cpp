#include "deploy/kafka_node.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/decoded_record.hpp"
#include "transport/kafka/bundle_place.hpp"

namespace perdure::deploy {
namespace {

using runtime::errc;
using runtime::expected;

/// With the hand-over, beyond the time for the steps that run, and with its last words.
constexpr auto patience_with_the_rest = runtime::seconds(3);
/// Of the cluster log a few MB are needed at any time.
constexpr std::uint64_t cluster_segment_bytes = std::uint64_t{16} << 20;

/// A partition's index stands in its first record, and in messages of others: the topics must be
/// read under the indexes that they were made with.
class index_check {
 public:
  void look_at(std::span<const runtime::log_record> records) {
    for (const auto& record : records) {
      if (wrong_ || transport::place_of(record.at).bundle != 0) return;
      const auto decoded = decoder_.decode(record.at, record.bytes);
      if (!decoded || decoded->kind() != runtime::record_kind::log_opened) return;
      const auto& opened = decoded->as<runtime::wire::LogOpened>();
      if (opened.index() == record.partition.value) continue;
      wrong_ = {
          errc::invalid_argument,
          fmt::format("namespace '{}', number {}, was made as partition {} of its "
                      "installation, and the cluster log has it as {}: the topics of two "
                      "installations are mixed up, or the cluster's topic was made anew",
                      opened.namespace_(), opened.number(), opened.index(), record.partition)};
    }
  }
  const std::optional<runtime::error>& wrong() const { return wrong_; }

 private:
  runtime::record_decoder decoder_;
  std::optional<runtime::error> wrong_;
};

std::vector<transport::kafka_topic> topics_of(const kafka_node_options& options,
                                              const kafka_cluster::own_namespaces& places) {
  std::vector<transport::kafka_topic> topics;
  for (const auto& space : options.namespaces) {
    auto name = transport::topic_of(options.kafka, space.name);
    auto& topic = topics.emplace_back(transport::kafka_topic{name, name, {}});
    const auto first = places.find(space.name)->second.first;
    for (std::uint32_t i = 0; i < space.partitions; ++i) topic.partitions.emplace_back(first + i);
  }
  return topics;
}

actors::cluster_door door_to(actors::cluster_membership& membership) {
  return {[&membership](auto partition, auto session, auto view) {
            membership.on_holder(partition, session, view);
          },
          [&membership] { return membership.status(); },
          [&membership](const auto& named, auto wish, auto reply) {
            membership.drain(named, wish, std::move(reply));
          },
          [&membership](auto partition) { return membership.owner(partition); },
          [&membership](auto session, auto name_space, auto agent) {
            return membership.hosts(session, name_space, agent);
          },
          [&membership](const auto& agent) { return membership.hosting(agent); },
          [&membership](auto name_space, const auto& is_known) {
            return membership.all_agents(name_space, is_known);
          }};
}

}  // namespace

std::vector<transport::wanted_topic> wanted_topics(
    const transport::kafka_options& kafka, const std::vector<runtime::namespace_options>& all) {
  std::vector<transport::wanted_topic> wanted;
  wanted.push_back({transport::topic_of(kafka, transport::cluster_name), 1, kafka.record_bytes(),
                    cluster_segment_bytes});
  for (const auto& space : all) {
    wanted.push_back(
        {transport::topic_of(kafka, space.name), space.partitions, kafka.record_bytes()});
  }
  return wanted;
}

expected<std::unique_ptr<kafka_node>> kafka_node::open(const kafka_node_options& options,
                                                       const perdure::registry& offered,
                                                       report_function report,
                                                       fatal_function on_fatal) {
  std::unique_ptr<kafka_node> made(new kafka_node(std::move(report)));
  auto& self = *made;
  if (auto done = self.take_directory(options.data_directory); !done)
    return std::unexpected(done.error());
  // First the cluster's: it knows what the others must be.
  const auto topics = wanted_topics(options.kafka, options.namespaces);
  const auto all = std::span(topics);
  auto at_brokers = transport::kafka_topics::open(options.kafka, self.clock_);
  if (!at_brokers) return std::unexpected(at_brokers.error());
  if (auto done = self.ensure_topics(**at_brokers, all.first(1), all.subspan(1)); !done)
    return std::unexpected(done.error());
  if (auto done = self.listen(options); !done) return std::unexpected(done.error());
  // Its address is in the join.
  auto doors = node_doors::listen(options.doors, self.clock_, self.random_, self.report_);
  if (!doors) return std::unexpected(doors.error());
  self.doors_ = *std::move(doors);
  if (auto done = self.join(options, offered, on_fatal); !done)
    return std::unexpected(done.error());
  if (auto done = self.ensure_topics(**at_brokers, all.subspan(1)); !done)
    return std::unexpected(done.error());
  auto installation = self.open_log(options);
  if (!installation) return std::unexpected(installation.error());
  auto node = options.node;
  node.want = std::nullopt;
  node.session = self.session_;
  auto& membership = self.membership();
  auto& foreign = self.doors_->make_client({self.own_.begin(), self.own_.end()});
  runtime::add_neighbours(places_of(membership.neighbours()), installation->where);
  auto threads = options.threads;
  threads.looks_out = false;  // records come back later than a search ends
  auto started = self.start(
      *self.log_, *std::move(installation),
      {options.data_directory, offered, node, threads, door_to(membership),
       link_parts{{"perdure " + options.kafka.topic_prefix, std::to_string(self.session_.value)},
                  self.listener_.socket},
       &foreign});
  if (!started) return std::unexpected(started.error());
  self.log_->set_listener(self.listener());
  self.log_->tell_groups(
      [&node = self.product()](auto partition) { return node.applied_as_owner(partition); });
  self.driver_ = std::make_unique<transport::kafka_driver>(
      *self.log_, self.clock_, [&self, on_fatal = std::move(on_fatal)](const runtime::error& why) {
        self.on_log_failed();
        on_fatal(why);
      });
  self.doors_->open(*self.log_, self.product(), membership);
  membership.open(
      [&node = self.product()](auto partition, const auto& what) { node.want(partition, what); });
  return made;
}

namespace {

std::vector<runtime::membership::hosted_agent> agents_of(const perdure::registry& offered) {
  std::vector<runtime::membership::hosted_agent> agents;
  for (const auto& agent : offered.agents()) agents.push_back({agent.name, agent.build});
  return agents;
}

}  // namespace

/// Before it joins: the others are told where.
expected<void> kafka_node::listen(const kafka_node_options& options) {
  if (const auto wrong = options.link.check(); !wrong.empty())
    return runtime::fail(errc::invalid_argument, wrong.front());
  auto listener = transport::listen_at(*transport::parse_host_port(options.link.listen));
  if (!listener) {
    return runtime::fail(listener.error().code,
                         fmt::format("cluster.link.listen: {}", listener.error().message));
  }
  listener_ = *std::move(listener);
  return {};
}

/// First of all: the cluster log says under which indexes the namespaces' logs are.
expected<void> kafka_node::join(const kafka_node_options& options, const perdure::registry& offered,
                                const fatal_function& on_fatal) {
  session_ = runtime::session_id(random_.next() | 1U);
  patience_ = options.node.drain;
  auto member = options.member;
  member.profile.node = options.node.name;
  member.profile.session = session_;
  member.profile.address = options.link.address(listener_.port);
  member.profile.door = doors_->announced();
  for (const auto& space : options.namespaces) {
    member.profile.hosted.push_back({space.name, agents_of(offered)});
    // A later one is newer, which is all that an incarnation has to be.
    member.namespaces.push_back(
        {space.name, space.partitions,
         runtime::incarnation(static_cast<std::uint64_t>(clock_.now().us))});
  }
  auto cluster = kafka_cluster::open(
      {options.kafka, member, options.newest_cluster_records, options.trim_cluster_every},
      {clock_, random_, report_, on_fatal});
  if (!cluster) return std::unexpected(cluster.error());
  cluster_ = *std::move(cluster);
  auto places = cluster_->wait_for_places(runtime::milliseconds(options.kafka.opening_timeout_ms));
  if (!places) return std::unexpected(places.error());
  own_ = *std::move(places);
  return {};
}

bool kafka_node::drain() {
  if (membership().has_successor()) {
    membership().leave();
    cluster_->wait_until_left({patience_.us + patience_with_the_rest.us});
  }
  const bool handed_over = running_node::drain();
  membership().leave();
  if (!cluster_->wait_until_left(patience_with_the_rest)) membership().end();
  return handed_over;
}

/// One process: the crash notes are its own.
expected<void> kafka_node::take_directory(const std::string& path) {
  if (auto done = files_.make_directory(path); !done) return done;
  auto lock = files_.lock(path + "/lock", transport::lock_mode::exclusive);
  if (!lock) return std::unexpected(lock.error());
  lock_ = *std::move(lock);
  return {};
}

expected<void> kafka_node::ensure_topics(transport::kafka_topics& topics,
                                         std::span<const transport::wanted_topic> wanted,
                                         std::span<const transport::wanted_topic> later) {
  std::vector<transport::topic_finding> advice;
  if (auto done = topics.ensure(wanted, &advice, later); !done) return done;
  for (const auto& one : advice) {
    report_(runtime::log_line::level::warning,
            fmt::format("topic {}: {} is {}, better {}: {}", one.topic, one.setting, one.is,
                        one.should_be, one.advice));
  }
  return {};
}

expected<runtime::installation> kafka_node::open_log(const kafka_node_options& options) {
  runtime::opening_fold fold;
  index_check indexes;
  const auto topics = topics_of(options, own_);
  auto log = transport::kafka_log::open(options.kafka, topics, {clock_, random_, report_},
                                        [&](std::span<const runtime::log_record> records) {
                                          indexes.look_at(records);
                                          fold.read(records);
                                        });
  if (!log) return std::unexpected(log.error());
  log_ = *std::move(log);
  if (indexes.wrong()) return std::unexpected(*indexes.wrong());
  runtime::namespace_places places;
  for (const auto& [name, row] : own_)
    places.emplace(name, runtime::namespace_place{row.first, row.log});
  auto installation = fold.match(options.namespaces, places);
  if (!installation) return installation;
  for (const auto& [index, why] : log_->lost()) {
    if (index.value < installation->partitions.size())
      installation->partitions[index.value].unreadable = why;
  }
  return installation;
}

void kafka_node::stop_driving() {
  cluster_->stop();
  doors_->stop();  // while the log is driven: who delivers just now hears of it
  driver_->stop();
  driver_.reset();
}

expected<void> kafka_node::close_log() {
  log_->close();
  return {};
}

}  // namespace perdure::deploy
