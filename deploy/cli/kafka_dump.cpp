#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/shown_record.hpp"
#include "deploy/node_settings.hpp"
#include "transport/kafka/bundle_place.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::deploy {
namespace {

struct wanted_dump {
  node_settings settings;
  std::string topic;
  std::uint32_t partition = 0;
  std::uint64_t from = 0;
};

exit_code code_of(const runtime::error& why) {
  using runtime::errc;
  const bool unreadable = why.code == errc::corrupt || why.code == errc::unsupported_format;
  return unreadable ? exit_code::damaged : failure_of(why).exit;
}

void run(const wanted_dump& wanted, command_context& context) {
  const auto options = wanted.settings.resolve();
  if (!options) {
    for (const auto& line : options.error()) context.fail(exit_code::usage, line);
    return;
  }
  if (options->kafka.bootstrap_servers.empty()) {
    return context.fail(exit_code::usage, "kafka.bootstrap_servers: name some brokers");
  }
  const transport::system_clock clock;
  const auto patience = runtime::milliseconds(options->kafka.opening_timeout_ms);
  auto fetcher = transport::kafka_fetcher::open(options->kafka, clock);
  if (!fetcher) return context.fail(failure_of(fetcher.error()));
  const transport::kafka_partition from{wanted.topic, "",
                                        static_cast<std::int32_t>(wanted.partition),
                                        runtime::partition_index(wanted.partition)};
  const auto ends = (*fetcher)->ends_of(from, patience);
  if (!ends) return context.fail(failure_of(ends.error()));
  const runtime::offset first(wanted.from);
  const auto begin = std::max(ends->first, transport::place_of(first).bundle);
  if (begin >= ends->end) return;
  runtime::record_decoder decoder;
  const auto done = (*fetcher)->fetch_on(
      from, begin, ends->end - 1, patience, [&](const transport::read_bundle& bundle) {
        for (const auto& record : bundle.records) {
          if (record.at < first) continue;
          show_record({.at = record.at,
                       .partition = record.partition,
                       .bytes = record.bytes.view(),
                       .path = wanted.topic,
                       .position = static_cast<std::uint64_t>(bundle.at),
                       .batch_position = 0,
                       .batch_first = {}},
                      decoder, context);
        }
        return true;
      });
  if (!done) context.fail(code_of(done.error()), done.error().message);
}

}  // namespace

void add_kafka_dump(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_dump>();
  auto& command = *parent.add_subcommand(
      "dump",
      "Show the records of a topic's partition up to its end of now, one a line; with --json one "
      "JSON object a line, where `position` is Kafka's offset. A node may run meanwhile");
  command.add_option("topic", wanted->topic, "The topic of a namespace, such as perdure.default")
      ->required();
  command.add_option("--partition", wanted->partition, "Which one: 0, 1, 2…; without: 0")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint32_t{0}, std::uint32_t{INT32_MAX}).description(""));
  command.add_option("--from", wanted->from, "Only this offset and later")
      ->type_name("OFFSET")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}).description(""));
  wanted->settings.declare_section(command, "kafka");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
