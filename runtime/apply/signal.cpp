#include "runtime/request_content.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_signal(const decoded_record& record, actions& out) {
  const auto& signal = record.as<wire::Signal>();
  if (signal.request_key().empty()) {
    out.emplace_back(ignored{"a signal needs a request key"});
    return;
  }
  const auto key = key_of_request("signal", signal.workflow_id(), signal.request_key());
  const auto content = record.view.body(signal.body_payload());
  const auto body = content_of(signal, content.view());
  if (answer_again(key, body, record.time(), out)) return;

  const auto target = signal.has_run() ? key_of(signal.run()) : newest(signal.workflow_id());
  auto* run = find(target);
  if (run == nullptr) {
    const auto result =
        closed_.contains(target) ? request_outcome::closed : request_outcome::not_found;
    REACHED("signal-to-a-closed-run");
    return keep(key, body, record.time(), result, closed_.contains(target) ? target : run_key{},
                out);
  }
  keep(key, body, record.time(), request_outcome::accepted, target, out);
  arrive(*run, {item_kind::signal, record.at, 0, {}, {}, outcome::ok, signal.name(), content}, out);
}

}  // namespace perdure::runtime
