#include <utility>

#include "nexus/api/endpoints.hpp"
#include "nexus/api/json_writer.hpp"

namespace perdure::nexus {
namespace {

using runtime::control_verb;

void control(const std::shared_ptr<api_call>& call, control_verb verb) {
  fields body = call->body();
  runtime::control_request request;
  request.target = call->target();
  request.verb = verb;
  request.request_key = body.text("request_key");
  request.reason = body.text("reason", fields::presence::optional, longest_reason);
  if (const auto& error = body.error()) return call->reply.fail(*error);
  if (const auto& error = call->query.error()) return call->reply.fail(*error);
  call->api.gateway.control(
      std::move(request),
      answer<runtime::start_reply>(call->reply, [](const runtime::start_reply& taken) {
        json_writer out;
        out.begin_object()
            .member("workflow_id", taken.workflow_id)
            .member("run_id", taken.run_id)
            .member("duplicate", taken.duplicate)
            .end_object();
        return json_response(out.take());
      }));
}

}  // namespace

void cancel_workflow(std::shared_ptr<api_call> call) { control(call, control_verb::cancel); }
void terminate_workflow(std::shared_ptr<api_call> call) { control(call, control_verb::terminate); }
void pause_workflow(std::shared_ptr<api_call> call) { control(call, control_verb::pause); }
void resume_workflow(std::shared_ptr<api_call> call) { control(call, control_verb::resume); }

}  // namespace perdure::nexus
