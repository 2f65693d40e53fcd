#pragma once

#include <expected>
#include <optional>
#include <string>

#include "deploy/cli/command_context.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// A value that a command gives to an agent: `--input '{"topic": "x"}'`, or `--input-file FILE`
/// ("-": standard input).
struct input_value {
  std::string text;
  std::string file;

  void declare(CLI::App& command);
  /// The JSON; nothing if none was given. Text that is no JSON is refused.
  std::expected<std::optional<json>, api_failure> read(command_world& world) const;
};

}  // namespace perdure::deploy
