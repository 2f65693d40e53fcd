#pragma once

#include "deploy/cli/command_context.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// Each command is one file with one function, which declares it below `parent`. What it does when
/// it is chosen goes through `context`, which outlives the parsing.
void add_workflow_start(CLI::App& parent, command_context& context);
void add_workflow_list(CLI::App& parent, command_context& context);
void add_workflow_describe(CLI::App& parent, command_context& context);
void add_workflow_history(CLI::App& parent, command_context& context);
void add_workflow_result(CLI::App& parent, command_context& context);
void add_workflow_signal(CLI::App& parent, command_context& context);
void add_workflow_query(CLI::App& parent, command_context& context);
/// cancel, terminate, pause, resume.
void add_workflow_controls(CLI::App& parent, command_context& context);
void add_agents_list(CLI::App& parent, command_context& context);
void add_cluster_status(CLI::App& parent, command_context& context);
void add_cluster_drain(CLI::App& parent, command_context& context);
void add_log_verify(CLI::App& parent, command_context& context);
void add_log_dump(CLI::App& parent, command_context& context);
void add_kafka_check(CLI::App& parent, command_context& context);
void add_version(CLI::App& parent, command_context& context);

}  // namespace perdure::deploy
