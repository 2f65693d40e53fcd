#pragma once

#include "nexus/api/json_writer.hpp"
#include "runtime/client.hpp"

namespace perdure::nexus {

// What the gateway answers, as the JSON of docs/api.md. Each appends one value.

void append_summary(json_writer& out, const runtime::run_summary& run);
void append_details(json_writer& out, const runtime::run_details& run);
void append_event(json_writer& out, const runtime::history_event& event);
void append_agent(json_writer& out, const runtime::agent_description& agent);
void append_status(json_writer& out, const runtime::node_status& node);

/// Members of an object that the caller has begun: "status" and, of a closed run, "output" or
/// "failure".
void append_result_members(json_writer& out, const runtime::run_result& result);

std::string_view name(runtime::operation_kind kind);

}  // namespace perdure::nexus
