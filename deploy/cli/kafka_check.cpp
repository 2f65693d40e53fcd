#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/kafka_settings.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/table.hpp"
#include "deploy/kafka_node.hpp"
#include "deploy/node_settings.hpp"
#include "transport/kafka/kafka_topics.hpp"
#include "transport/system_clock.hpp"

namespace perdure::deploy {
namespace {

using transport::topic_verdict;

std::string_view name(topic_verdict verdict) {
  switch (verdict) {
    case topic_verdict::right:
      return "right";
    case topic_verdict::advised:
      return "advised";
    case topic_verdict::wrong:
      return "WRONG";
  }
  return {};
}

json to_json(const std::vector<transport::topic_finding>& findings) {
  auto all = json::array();
  for (const auto& one : findings) {
    all.push_back({{"topic", one.topic},
                   {"setting", one.setting},
                   {"is", one.is},
                   {"should_be", one.should_be},
                   {"verdict", name(one.verdict)},
                   {"advice", one.advice}});
  }
  return {{"findings", all}};
}

/// The table, then what is to be done, line by line, so that it can be copied.
std::string in_words(const std::vector<transport::topic_finding>& findings, std::size_t width) {
  table rows({"TOPIC", "SETTING", "IS", "SHOULD BE", ""});
  std::string advice;
  for (const auto& one : findings) {
    rows.add({one.topic, one.setting, one.is, one.should_be, std::string(name(one.verdict))});
    if (!one.advice.empty()) advice += one.topic + ", " + one.setting + ": " + one.advice + "\n";
  }
  return rows.text(width) + (advice.empty() ? "" : "\n" + advice);
}

void run(const node_settings& settings, command_context& context) {
  const auto options = kafka_settings(settings, context);
  if (!options) return;
  const transport::system_clock clock;
  auto topics = transport::kafka_topics::open(options->kafka, clock);
  if (!topics) return context.fail(failure_of(topics.error()));
  const auto findings =
      (*topics)->check(wanted_topics(options->kafka, options->embedded.namespaces));
  if (!findings) return context.fail(failure_of(findings.error()));
  context.show(to_json(*findings), in_words(*findings, context.world().width));
  const bool wrong = std::ranges::any_of(
      *findings, [](const auto& one) { return one.verdict == topic_verdict::wrong; });
  if (wrong) context.end_with(exit_code::failed);
}

}  // namespace

void add_kafka_check(CLI::App& parent, command_context& context) {
  auto settings = std::make_shared<node_settings>();
  auto& command = *parent.add_subcommand(
      "check",
      "Compare the topics of a node's namespaces with what they must be: each setting, what it is, "
      "what it should be, and the command that mends it; changes nothing, ends with 1 if one is "
      "wrong");
  settings->declare_section(command, "kafka");
  command.callback([settings, &context] { run(*settings, context); });
}

}  // namespace perdure::deploy
