#include "deploy/cli/kafka_settings.hpp"

#include <utility>

namespace perdure::deploy {

std::optional<node_options> kafka_settings(const node_settings& given, command_context& context) {
  auto options = given.resolve();
  if (!options) {
    for (const auto& line : options.error()) context.fail(exit_code::usage, line);
    return std::nullopt;
  }
  if (options->kafka.bootstrap_servers.empty()) {
    context.fail(exit_code::usage, "kafka.bootstrap_servers: name some brokers");
    return std::nullopt;
  }
  return *std::move(options);
}

}  // namespace perdure::deploy
