#include "deploy/cli/time_flag.hpp"

#include <CLI/CLI.hpp>

#include "deploy/option_value.hpp"

namespace perdure::deploy {

void declare_time_flag(CLI::App& command, const std::string& flag, runtime::duration& into,
                       const std::string& help) {
  command
      .add_option_function<std::string>(
          flag,
          [&into, flag](const std::string& text) {
            const auto parsed = parse_duration(text);
            if (!parsed) {
              throw CLI::ValidationError(flag, "\"" + text + "\" " + parsed.error().message);
            }
            into = *parsed;
          },
          help)
      ->type_name("TIME");
}

}  // namespace perdure::deploy
