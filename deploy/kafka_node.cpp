#include "deploy/kafka_node.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/decoded_record.hpp"
#include "transport/kafka/bundle_place.hpp"
#include "transport/kafka/kafka_topics.hpp"

namespace perdure::deploy {
namespace {

using runtime::errc;
using runtime::expected;

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
                      "installation, and the configuration makes it {}: name all namespaces "
                      "in the order in which they were made, new ones behind",
                      opened.namespace_(), opened.number(), opened.index(), record.partition)};
    }
  }
  const std::optional<runtime::error>& wrong() const { return wrong_; }

 private:
  runtime::record_decoder decoder_;
  std::optional<runtime::error> wrong_;
};

/// Indexes in a row, in the order of the configuration: as `opening_fold` gives them to namespaces
/// that are new, and finds them afterwards.
std::vector<transport::kafka_topic> topics_of(const kafka_node_options& options) {
  std::vector<transport::kafka_topic> topics;
  std::uint32_t next = 1;
  for (const auto& space : options.namespaces) {
    auto name = transport::topic_of(options.kafka, space.name);
    auto& topic = topics.emplace_back(transport::kafka_topic{name, name, {}});
    for (std::uint32_t i = 0; i < space.partitions; ++i) topic.partitions.emplace_back(next++);
  }
  return topics;
}

}  // namespace

std::vector<transport::wanted_topic> wanted_topics(
    const transport::kafka_options& kafka, const std::vector<runtime::namespace_options>& all) {
  std::vector<transport::wanted_topic> wanted;
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
  if (auto done = self.ensure_topics(options); !done) return std::unexpected(done.error());
  auto installation = self.open_log(options);
  if (!installation) return std::unexpected(installation.error());
  auto started = self.start(*self.log_, *std::move(installation),
                            {options.data_directory, offered, options.node, options.threads});
  if (!started) return std::unexpected(started.error());
  self.log_->set_listener(self.listener());
  self.driver_ = std::make_unique<transport::kafka_driver>(
      *self.log_, self.clock_, [&self, on_fatal = std::move(on_fatal)](const runtime::error& why) {
        self.on_log_failed();
        on_fatal(why);
      });
  return made;
}

/// One process: the crash notes are its own.
expected<void> kafka_node::take_directory(const std::string& path) {
  if (auto done = files_.make_directory(path); !done) return done;
  auto lock = files_.lock(path + "/lock", transport::lock_mode::exclusive);
  if (!lock) return std::unexpected(lock.error());
  lock_ = *std::move(lock);
  return {};
}

expected<void> kafka_node::ensure_topics(const kafka_node_options& options) {
  auto topics = transport::kafka_topics::open(options.kafka, clock_);
  if (!topics) return std::unexpected(topics.error());
  std::vector<transport::topic_finding> advice;
  if (auto done = (*topics)->ensure(wanted_topics(options.kafka, options.namespaces), &advice);
      !done)
    return done;
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
  const auto topics = topics_of(options);
  auto log = transport::kafka_log::open(options.kafka, topics, {clock_, random_, report_},
                                        [&](std::span<const runtime::log_record> records) {
                                          indexes.look_at(records);
                                          fold.read(records);
                                        });
  if (!log) return std::unexpected(log.error());
  log_ = *std::move(log);
  if (indexes.wrong()) return std::unexpected(*indexes.wrong());
  // A later one is newer, which is all that an incarnation has to be.
  const runtime::incarnation now(static_cast<std::uint64_t>(clock_.now().us));
  auto installation = fold.match(options.namespaces, now);
  if (!installation) return installation;
  for (const auto& [index, why] : log_->lost()) {
    if (index.value < installation->partitions.size())
      installation->partitions[index.value].unreadable = why;
  }
  return installation;
}

void kafka_node::stop_driving() {
  driver_->stop();
  driver_.reset();
}

expected<void> kafka_node::close_log() {
  log_->close();
  return {};
}

}  // namespace perdure::deploy
