#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/table.hpp"
#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

struct wanted_list {
  std::string status, agent, prefix;
  std::size_t limit = 100;
};

/// One page; `limit` runs at most.
std::string page_path(const wanted_list& wanted, std::size_t limit, const std::string& page) {
  auto path = fmt::format("workflows?limit={}", limit);
  auto add = [&path](const char* name, const std::string& value) {
    if (!value.empty()) path += fmt::format("&{}={}", name, nexus::percent_encode(value));
  };
  add("status", wanted.status);
  add("agent", wanted.agent);
  add("id_prefix", wanted.prefix);
  add("page", page);
  return path;
}

/// The one thing that can be said of a run.
std::string state_of(const json& run) {
  const auto condition = text_of(run, "condition");
  return condition.empty() ? text_of(run, "status") : condition;
}

std::string told(const json& runs, std::size_t width) {
  if (runs.empty()) return "none\n";
  table rows({"WORKFLOW", "AGENT", "STATE", "STARTED", "DETAIL"});
  for (const auto& run : runs) {
    rows.add({text_of(run, "workflow_id"), text_of(run, "agent") + "/" + text_of(run, "operation"),
              state_of(run), time_in_words(text_of(run, "started")), text_of(run, "detail")});
  }
  return rows.text(width);
}

void run(const wanted_list& wanted, command_context& context) {
  constexpr std::size_t largest_page = 1'000;
  json runs = json::array();
  std::string page;
  do {
    const auto limit = std::min(wanted.limit - runs.size(), largest_page);
    const auto answer = context.get(page_path(wanted, limit, page));
    if (!answer) return context.fail(answer.error());
    for (const auto& one : answer->value("runs", json::array())) runs.push_back(one);
    page = text_of(*answer, "next_page");
  } while (!page.empty() && runs.size() < wanted.limit);
  const auto more = page.empty() ? "" : "There are more: --limit shows them.\n";
  context.show({{"runs", runs}, {"next_page", page}}, told(runs, context.world().width) + more);
}

}  // namespace

void add_workflow_list(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_list>();
  auto& command = *parent.add_subcommand("list", "Workflows, one line each");
  command
      .add_option("--status", wanted->status,
                  "open, paused, parked, completed, failed, cancelled, terminated or timed_out")
      ->type_name("WORD");
  command.add_option("--agent", wanted->agent, "Of this agent")->type_name("NAME");
  command.add_option("--prefix", wanted->prefix, "Whose id begins so")->type_name("TEXT");
  command.add_option("--limit", wanted->limit, "So many at most")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("NUMBER")
      ->capture_default_str();
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
