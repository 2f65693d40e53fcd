#include "deploy/cli/input_value.hpp"

#include <fstream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace perdure::deploy {

void input_value::declare(CLI::App& command) {
  auto* given = command.add_option("--input", text, "The value, as JSON")->type_name("JSON");
  command.add_option("--input-file", file, "Read it from a file; -: from standard input")
      ->type_name("FILE")
      ->excludes(given);
}

std::expected<std::optional<json>, api_failure> input_value::read(command_world& world) const {
  auto source = text;
  if (file == "-") {
    source.assign(std::istreambuf_iterator<char>(world.in), {});
  } else if (!file.empty()) {
    std::ifstream from(file, std::ios::binary);
    source.assign(std::istreambuf_iterator<char>(from), {});
    if (!from) {
      return std::unexpected(api_failure{exit_code::not_found, "", "cannot read " + file});
    }
  } else if (text.empty()) {
    return std::nullopt;
  }
  auto value = json::parse(source, nullptr, false);
  if (value.is_discarded()) {
    return std::unexpected(
        api_failure{exit_code::usage, "",
                    fmt::format("{} is no JSON; a text needs quotes: --input '\"text\"'",
                                file.empty() ? "--input" : file)});
  }
  return value;
}

}  // namespace perdure::deploy
