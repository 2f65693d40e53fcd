#include "nexus/api/run_json.hpp"

#include "nexus/api/time_text.hpp"
#include "nexus/api/value_json.hpp"
#include "runtime/failure.hpp"

namespace perdure::nexus {
namespace {

void append_failure(json_writer& out, const runtime::failure_info& failure) {
  out.begin_object()
      .member("kind", runtime::name(failure.kind))
      .member("type", failure.type)
      .member("message", failure.message)
      .optional_member("origin", failure.origin);
  if (!failure.causes.empty()) {
    out.key("causes").begin_array();
    for (const auto& cause : failure.causes) append_failure(out, cause);
    out.end_array();
  }
  out.end_object();
}

void optional_time(json_writer& out, std::string_view key, runtime::timestamp time) {
  if (time.us != 0) out.member(key, to_text(time));
}

void value_member(json_writer& out, std::string_view key, const runtime::value_type& type,
                  const runtime::payload& bytes) {
  if (type.is_known()) out.member(std::string(key) + "_type", runtime::to_text(type));
  out.key(key);
  append_value(out, type, bytes.view());
}

/// What a run that ended otherwise than completed has left.
runtime::failure_info failure_of(const runtime::run_result& result) {
  if (!result.body.empty()) {
    if (auto decoded = runtime::decode_failure(result.body.view())) return *std::move(decoded);
  }
  switch (result.status) {
    case runtime::run_status::cancelled:
      return runtime::plain_failure(runtime::outcome::cancelled, "the run was cancelled");
    case runtime::run_status::terminated:
      return runtime::plain_failure(runtime::outcome::terminated, "the run was terminated");
    case runtime::run_status::timed_out:
      return runtime::plain_failure(runtime::outcome::timed_out, "the run's time ran out");
    default:
      return runtime::plain_failure(runtime::outcome::failed, "the run failed");
  }
}

}  // namespace

void append_result_members(json_writer& out, const runtime::run_result& result) {
  out.member("status", runtime::name(result.status));
  if (result.status == runtime::run_status::completed) {
    value_member(out, "output", result.output_type, result.body);
  } else if (runtime::is_closed(result.status)) {
    out.key("failure");
    append_failure(out, failure_of(result));
  }
}

namespace {

void summary_members(json_writer& out, const runtime::run_summary& run) {
  out.member("namespace", run.name_space)
      .member("workflow_id", run.workflow_id)
      .member("run_id", run.run_id)
      .member("agent", run.agent)
      .member("operation", run.operation)
      .optional_member("build", run.build)
      .optional_member("parent", run.parent)
      .member("status", runtime::name(run.status))
      .optional_member("condition", run.condition)
      .optional_member("detail", run.detail);
  optional_time(out, "started", run.started);
  optional_time(out, "updated", run.updated);
  optional_time(out, "closed", run.closed);
  out.member("turns", run.turns).member("partition", run.partition);
}

}  // namespace

void append_summary(json_writer& out, const runtime::run_summary& run) {
  out.begin_object();
  summary_members(out, run);
  out.end_object();
}

void append_details(json_writer& out, const runtime::run_details& run) {
  out.begin_object();
  summary_members(out, run.summary);
  value_member(out, "input", run.input_type, run.input);
  out.key("open").begin_array();
  for (const runtime::open_thing& thing : run.open) {
    out.begin_object()
        .member("number", thing.number.value)
        .member("kind", thing.kind)
        .optional_member("name", thing.name)
        .optional_member("target", thing.target);
    if (thing.attempt != 0) out.member("attempt", thing.attempt);
    optional_time(out, "due", thing.due);
    out.optional_member("last_failure", thing.last_failure).end_object();
  }
  out.end_array()
      .member("queued_data", run.queued_data)
      .member("queued_controls", run.queued_controls)
      .end_object();
}

void append_event(json_writer& out, const runtime::history_event& event) {
  out.begin_object().member("offset", event.at.value);
  optional_time(out, "time", event.time);
  if (event.seq) out.member("turn", event.seq.value);
  out.member("kind", event.kind).optional_member("name", event.name);
  if (event.thing) out.member("thing", event.thing.value);
  if (event.attempt != 0) out.member("attempt", event.attempt);
  out.member("result", runtime::name(event.result));
  if (event.took.us != 0) out.member("took_us", event.took.us);
  optional_time(out, "due", event.due);
  out.optional_member("build", event.build)
      .optional_member("target", event.target)
      .optional_member("detail", event.detail);
  const auto failure = event.result != runtime::outcome::ok && !event.body.empty()
                           ? runtime::decode_failure(event.body.view())
                           : runtime::fail(runtime::errc::not_found, {});
  if (failure) {
    out.key("failure");
    append_failure(out, *failure);
  } else if (!event.body.empty() || event.body_type.is_known()) {
    value_member(out, "body", event.body_type, event.body);
  }
  out.end_object();
}

std::string_view name(runtime::operation_kind kind) {
  switch (kind) {
    case runtime::operation_kind::workflow:
      return "workflow";
    case runtime::operation_kind::function:
      return "function";
    case runtime::operation_kind::signal:
      return "signal";
    case runtime::operation_kind::query:
      return "query";
  }
  return "unknown";
}

void append_agent(json_writer& out, const runtime::agent_description& agent) {
  out.begin_object().member("name", agent.name).member("build", agent.build);
  out.key("operations").begin_array();
  for (const auto& operation : agent.operations) {
    out.begin_object()
        .member("name", operation.name)
        .member("kind", name(operation.kind))
        .optional_member("input_type", operation.input_type)
        .optional_member("output_type", operation.output_type)
        .optional_member("id_template", operation.id_template)
        .end_object();
  }
  out.end_array().end_object();
}

void append_status(json_writer& out, const runtime::node_status& node) {
  out.begin_object()
      .member("ready", node.ready)
      .member("node", node.node)
      .member("build", node.build);
  out.key("partitions").begin_array();
  for (const auto& partition : node.partitions) {
    out.begin_object()
        .member("namespace", partition.name_space)
        .member("partition", partition.partition)
        .member("number_in_namespace", partition.number_in_namespace)
        .member("state", partition.state)
        .member("applied", partition.applied.value)
        .member("epoch", partition.current.value)
        .member("open_runs", partition.open_runs)
        .member("resident_runs", partition.resident_runs)
        .member("closed_runs", partition.closed_runs)
        .member("runnable", partition.runnable)
        .member("parked", partition.parked)
        .member("paused", partition.paused)
        .member("running_steps", partition.running_steps)
        .member("queued_steps", partition.queued_steps)
        .end_object();
  }
  out.end_array().end_object();
}

}  // namespace perdure::nexus
