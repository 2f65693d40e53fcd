#pragma once

#include <optional>

#include "deploy/cli/command_context.hpp"
#include "deploy/node_settings.hpp"

namespace perdure::deploy {

/// The settings of a command that asks brokers. None: there is no telling whom to ask, and the
/// command has failed as `usage`.
std::optional<node_options> kafka_settings(const node_settings& given, command_context& context);

}  // namespace perdure::deploy
