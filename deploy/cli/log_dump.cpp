#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/shown_record.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::deploy {
namespace {

struct wanted_dump {
  std::string directory;
  std::uint32_t partition = 0;
  std::uint64_t from = 0;
};

void run(const wanted_dump& wanted, command_context& context) {
  const auto directory = log_directory_of(wanted.directory);
  transport::dump_filter filter;
  filter.from = runtime::offset(wanted.from);
  if (wanted.partition > 0) filter.partition = runtime::partition_index(wanted.partition);
  transport::posix_file_system files;
  runtime::record_decoder decoder;
  auto& world = context.world();
  const auto findings = transport::dump_log(
      files, directory, filter,
      [&](const transport::dumped_record& record) { show_record(record, decoder, context); });
  if (!findings) return context.fail(failure_of(findings.error()));
  for (const auto& cut : findings->cuts) {
    world.err << fmt::format("perdure: {}: {} bytes at {} are not acknowledged: {}\n", cut.path,
                             cut.bytes, cut.position, cut.why);
  }
  if (findings->damage) context.fail(exit_code::damaged, findings->damage->message);
}

}  // namespace

void add_log_dump(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_dump>();
  auto& command = *parent.add_subcommand(
      "dump", "Show its records, one a line; with --json one JSON object a line");
  command.add_option("directory", wanted->directory, "A node's data directory, or the log in it")
      ->required();
  command.add_option("--partition", wanted->partition, "Only of this partition: 1, 2, 3…")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint32_t{1}, UINT32_MAX).description(""));
  // Without bounds a negative number is taken for a very large one, and nothing would be shown.
  command.add_option("--from", wanted->from, "Only this offset and later")
      ->type_name("OFFSET")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}).description(""));
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
