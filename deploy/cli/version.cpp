#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "runtime/author/build_id.hpp"

namespace perdure::deploy {

void add_version(CLI::App& parent, command_context& context) {
  auto& command = *parent.add_subcommand("version", "Of this program");
  command.callback([&context] {
    const std::string build = binary_build_id();
    context.show({{"version", PERDURE_VERSION}, {"build", build}},
                 fmt::format("perdure {} (build {})\n", PERDURE_VERSION, build));
  });
}

}  // namespace perdure::deploy
