#include <algorithm>
#include <charconv>
#include <utility>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/run_json.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using runtime::history_event;
using runtime::run_status;

constexpr std::size_t longest_page = 4'096;  // the gateway's token
constexpr std::size_t most_runs = 1'000;
constexpr std::size_t most_events = 10'000;

api_result<std::optional<run_status>> parse_status(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (auto status = run_status::open; status <= run_status::timed_out;
       status = static_cast<run_status>(static_cast<int>(status) + 1)) {
    if (runtime::name(status) == text) return status;
  }
  return refuse(errc::invalid_argument,
                "\"status\" must be open, paused, parked, completed, failed, cancelled, terminated "
                "or timed_out");
}

transport::http_response render_list(const runtime::list_reply& found) {
  json_writer out;
  out.begin_object().key("runs").begin_array();
  for (const auto& run : found.runs) append_summary(out, run);
  out.end_array().member("next_page", found.next_page).end_object();
  return json_response(out.take());
}

/// A slice of a history: the page is the place of its first event.
transport::http_response render_history(const std::vector<history_event>& events, std::size_t from,
                                        std::size_t limit) {
  const std::size_t first = std::min(from, events.size());
  const std::size_t last = first + std::min(limit, events.size() - first);
  json_writer out;
  out.begin_object().key("events").begin_array();
  for (std::size_t i = first; i < last; ++i) append_event(out, events[i]);
  out.end_array()
      .member("next_page", last < events.size() ? std::to_string(last) : std::string())
      .end_object();
  return json_response(out.take());
}

}  // namespace

void list_workflows(std::shared_ptr<api_call> call) {
  fields& query = call->query;
  runtime::list_request request;
  request.name_space = call->parameter("namespace");
  request.agent = query.text("agent");
  request.id_prefix = query.text("id_prefix");
  request.limit = query.number("limit", 1, most_runs, 100);
  request.page = query.text("page", fields::presence::optional, longest_page);
  auto status = parse_status(query.text("status"));
  if (const auto& error = query.error()) return call->reply.fail(*error);
  if (!status) return call->reply.fail(status.error());
  request.status = *status;
  call->api.gateway.list(std::move(request), answer<runtime::list_reply>(call->reply, render_list));
}

void describe_workflow(std::shared_ptr<api_call> call) {
  runtime::workflow_address target = call->target();
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.describe(
      std::move(target),
      answer<runtime::run_details>(call->reply, [](const runtime::run_details& run) {
        json_writer out;
        append_details(out, run);
        return json_response(out.take());
      }));
}

void get_result(std::shared_ptr<api_call> call) {
  runtime::workflow_address target = call->target();
  const auto wait = std::min(call->query.duration("wait"), call->api.options.longest_wait);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.result(
      std::move(target), wait,
      answer<runtime::run_result>(call->reply, [](const runtime::run_result& result) {
        json_writer out;
        out.begin_object()
            .member("workflow_id", result.workflow_id)
            .member("run_id", result.run_id);
        append_result_members(out, result);
        out.end_object();
        return json_response(out.take());
      }));
}

void get_history(std::shared_ptr<api_call> call) {
  runtime::workflow_address target = call->target();
  const std::size_t limit = call->query.number("limit", 1, most_events, 1'000);
  const std::size_t from = call->query.number("page", 0, SIZE_MAX, 0);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.history(
      std::move(target), answer<std::vector<history_event>>(
                             call->reply, [from, limit](const std::vector<history_event>& events) {
                               return render_history(events, from, limit);
                             }));
}

}  // namespace perdure::nexus
