#include "runtime/request_content.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
void state::apply_start(const decoded_record& record, actions& out) {
  const auto& start = record.as<wire::Start>();
  if (start.workflow_id().empty() || start.request_key().empty()) {
    out.emplace_back(ignored{"a start needs a workflow id and a request key"});
    return;
  }
  const auto key = key_of_request("start", start.workflow_id(), start.request_key());
  const auto input = record.view.body(start.body_payload());
  const auto body = content_of(start, input.view());
  if (answer_again(key, body, record.time(), out)) return;

  const auto existing = newest(start.workflow_id());
  const auto policy = static_cast<id_policy>(start.policy());
  if (existing != system_run && policy == id_policy::attach) {
    REACHED("start-attached");
    return keep(key, body, record.time(), request_outcome::attached, existing, out);
  }
  if ((runs_.contains(existing) && !MUTANT("second-run-of-an-id")) ||
      (existing != system_run && policy == id_policy::reject_ever)) {
    REACHED("start-rejected");
    return keep(key, body, record.time(), request_outcome::rejected, existing, out);
  }
  auto& run = open_run({record.at, {}}, start.workflow_id(), start.agent(), start.operation(),
                       record.view.front().slot, out);
  run.start_key = key;
  const auto first = std::max(time_, record.time()) + duration_from(start.delay_us());
  run.started = run.updated = std::max(time_, record.time());
  if (start.timeout_us() != 0) {
    run.deadline = first + duration_from(start.timeout_us());
    due_.insert({run.deadline, run.key, {}, due_kind::deadline});
  }
  keep(key, body, record.time(), request_outcome::accepted, run.key, out);
  if (start.delay_us() != 0) {
    run.first = first;
    due_.insert({first, run.key, {}, due_kind::start});
    return;
  }
  run.has_start = true;
  arrive(run, {item_kind::start, record.at, 0, {}, {}, outcome::ok, {}, input}, out);
}

}  // namespace perdure::runtime
