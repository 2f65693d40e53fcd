#include <iterator>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/command_line.hpp"
#include "transport/system_clock.hpp"

namespace perdure::deploy {
namespace {

constexpr std::string_view opening = R"(# The command line

`perdure` runs a node, talks to nodes over their [API](api.md), and looks at logs on disk. This page is printed from the
program's own grammar; a test compares the two, and `PERDURE_REWRITE_GOLDEN=1` writes it anew.

Tables fit the terminal; where the output is no terminal, nothing is cut. With `--json` each command prints one
JSON document as [the API](api.md) has it (`log dump`: one object a line). Times of day are UTC. Values are JSON;
what an agent takes and gives is its protobuf message in protobuf's JSON.

```
perdure workflow start audit.v1.Coordinator Audit --namespace audit --input '{"name": "first"}'
perdure workflow history audit/first --namespace audit
```

Flags of all commands may stand before or behind the command:

| flag | default | also | |
|---|---|---|---|
)";

std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string flag_in_words(const CLI::Option& option) {
  auto result = option.get_positional() ? option.get_single_name() : option.get_name(false, true);
  if (option.get_positional()) return fmt::format("`{}`", result);
  if (const auto type = option.get_type_name(); !type.empty()) result += " " + type;
  return fmt::format("`{}`", result);
}

void add_command(std::string& out, const CLI::App& command, const std::string& name) {
  fmt::format_to(std::back_inserter(out), "\n## `{}`\n\n{}.\n", name, command.get_description());
  if (command.get_name() == "serve") {
    out +=
        "\nIts flags are the options of a node, behind the command: see "
        "[configuration](configuration.md). `--node` and `--namespace` mean its own name and its "
        "namespaces there; before the command they are refused.\n";
    return;
  }
  const auto options =
      command.get_options([](const CLI::Option* option) { return option->get_name() != "--help"; });
  if (options.empty()) return;
  out += "\n| | |\n|---|---|\n";
  for (const auto* option : options) {
    const auto usual = option->get_default_str();
    fmt::format_to(std::back_inserter(out), "| {} | {}{} |\n", cell(flag_in_words(*option)),
                   cell(option->get_description()),
                   usual.empty() ? "" : fmt::format("; without: {}", usual));
  }
}

void add_commands(std::string& out, const CLI::App& parent, const std::string& name) {
  for (const auto* below : parent.get_subcommands([](const CLI::App*) { return true; })) {
    const auto whole = name + " " + below->get_name();
    if (below->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      add_command(out, *below, whole);
    } else {
      add_commands(out, *below, whole);
    }
  }
}

}  // namespace

std::string command_line_document() {
  std::ostringstream nowhere;
  std::istringstream nothing;
  const transport::system_clock clock;
  command_context context({nowhere, nowhere, nothing, 0, clock, {}, {}});
  const auto app = make_command_line(context);
  std::string out(opening);
  for (const auto* option : app->get_options()) {
    if (option->get_name() == "--help") continue;
    fmt::format_to(
        std::back_inserter(out), "| {} | {} | {} | {} |\n", cell(flag_in_words(*option)),
        option->get_default_str().empty() ? "" : fmt::format("`{}`", option->get_default_str()),
        option->get_envname().empty() ? "" : fmt::format("`{}`", option->get_envname()),
        cell(option->get_description()));
  }
  add_commands(out, *app, "perdure");
  out += "\n## Exit codes\n\n| code | name | meaning |\n|---:|---|---|\n";
  for (const auto& [code, name, meaning] : exit_codes()) {
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} |\n", static_cast<int>(code), name,
                   meaning);
  }
  return out;
}

}  // namespace perdure::deploy
