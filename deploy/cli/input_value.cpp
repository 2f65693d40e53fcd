#include "deploy/cli/input_value.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/text_file.hpp"

namespace perdure::deploy {
namespace {

constexpr std::size_t longest_input = std::size_t{4} << 20;  // the API takes no longer bodies

api_failure unreadable(const runtime::error& why) {
  const auto exit = why.code == runtime::errc::not_found ? exit_code::not_found : exit_code::usage;
  return {exit, "", why.message};
}

}  // namespace

void input_value::declare(CLI::App& command) {
  auto* given = command.add_option("--input", text, "The value, as JSON")->type_name("JSON");
  command.add_option("--input-file", file, "Read it from a file; -: from standard input")
      ->type_name("FILE")
      ->excludes(given);
}

std::expected<std::optional<json>, api_failure> input_value::read(command_world& world) const {
  auto source = text;
  if (file == "-") {
    auto read = read_text(world.in, "standard input", longest_input);
    if (!read) return std::unexpected(unreadable(read.error()));
    source = *std::move(read);
  } else if (!file.empty()) {
    auto read = read_text_file(file, longest_input);
    if (!read) return std::unexpected(unreadable(read.error()));
    source = *std::move(read);
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
