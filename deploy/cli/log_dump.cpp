#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/shown_record.hpp"
#include "deploy/cli/topic_dump.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::deploy {
namespace {

struct wanted_dump {
  std::string directory;
  std::string topic;
  std::optional<std::uint32_t> partition;
  std::uint64_t from = 0;
  node_settings settings;
};

void dump_directory(const wanted_dump& wanted, command_context& context) {
  const auto directory = log_directory_of(wanted.directory);
  transport::dump_filter filter;
  filter.from = runtime::offset(wanted.from);
  if (wanted.partition) filter.partition = runtime::partition_index(*wanted.partition);
  transport::posix_file_system files;
  const auto decode = decoder_of_mailbox();
  auto& world = context.world();
  const auto findings = transport::dump_log(
      files, directory, filter,
      [&](const transport::dumped_record& record) { show_record(record, decode, context); });
  if (!findings) return context.fail(failure_of(findings.error()));
  for (const auto& cut : findings->cuts) {
    world.err << fmt::format("perdure: {}: {} bytes at {} are not acknowledged: {}\n", cut.path,
                             cut.bytes, cut.position, cut.why);
  }
  if (findings->damage) context.fail(exit_code::damaged, findings->damage->message);
}

void run(const wanted_dump& wanted, command_context& context) {
  if (!wanted.topic.empty()) {
    return dump_topic({wanted.topic, static_cast<std::int32_t>(wanted.partition.value_or(0)),
                       runtime::offset(wanted.from)},
                      wanted.settings, context);
  }
  if (wanted.directory.empty())
    return context.fail(exit_code::usage, "name a directory, or a topic with --kafka");
  if (wanted.partition == 0)
    return context.fail(exit_code::usage, "--partition: those of a directory are 1, 2, 3…");
  dump_directory(wanted, context);
}

}  // namespace

void add_log_dump(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_dump>();
  auto& command = *parent.add_subcommand(
      "dump",
      "Show its records, one a line; with --json one JSON object a line. With --kafka those of a "
      "topic's partition up to its end of now, where `position` is Kafka's offset and nodes may "
      "run meanwhile");
  auto* directory = command.add_option("directory", wanted->directory,
                                       "A node's data directory, or the log in it");
  command
      .add_option("--kafka", wanted->topic,
                  "Instead of a directory: the topic of a namespace, such as perdure.default, or "
                  "perdure.cluster")
      ->type_name("TOPIC")
      ->excludes(directory);
  // Without bounds a negative number is taken for a very large one, and nothing would be shown.
  command
      .add_option("--partition", wanted->partition,
                  "Only of this partition: 1, 2, 3…; with --kafka 0, 1, 2…, and without it 0")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint32_t{0}, std::uint32_t{INT32_MAX}).description(""));
  command.add_option("--from", wanted->from, "Only this offset and later")
      ->type_name("OFFSET")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}).description(""));
  wanted->settings.declare_section(command, "kafka");
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
