#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/offline_log.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::deploy {
namespace {

void run(const std::string& given, command_context& context) {
  const auto directory = log_directory_of(given);
  transport::posix_file_system files;
  const auto findings = transport::verify_log(files, directory);
  if (!findings) return context.fail(failure_of(findings.error()));
  context.show(to_json(*findings), in_words(*findings, directory));
  if (findings->damage) context.end_with(exit_code::damaged);
}

}  // namespace

void add_log_verify(CLI::App& parent, command_context& context) {
  auto directory = std::make_shared<std::string>();
  auto& command = *parent.add_subcommand(
      "verify", "Read all of it and check every byte; changes nothing, ends with 9 on damage");
  command.add_option("directory", *directory, "A node's data directory, or the log in it")
      ->required();
  command.callback([directory, &context] { run(*directory, context); });
}

}  // namespace perdure::deploy
