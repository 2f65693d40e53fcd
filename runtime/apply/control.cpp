#include "runtime/request_content.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

/// DESIGN 2.5: cancel runs code, so it joins the data; the others wait apart and never behind it.
void state::apply_control(const decoded_record& record, actions& out) {
  const auto& control = record.as<wire::Control>();
  const auto verb = static_cast<control_verb>(control.verb());
  if (control.request_key().empty() || verb < control_verb::terminate ||
      verb > control_verb::cancel) {
    out.emplace_back(ignored{"a control needs a request key and a known verb"});
    return;
  }
  const auto key = key_of_request("control", control.workflow_id(), control.request_key());
  const auto reason = record.view.body(control.body_payload());
  const auto body = content_of(control, reason.view());
  if (answer_again(key, body, record.time(), out)) return;

  const auto target = control.has_run() ? key_of(control.run()) : newest(control.workflow_id());
  auto* run = find(target);
  if (run == nullptr) {
    const auto result =
        closed_.contains(target) ? request_outcome::closed : request_outcome::not_found;
    REACHED("control-of-a-closed-run");
    return keep(key, body, record.time(), result, closed_.contains(target) ? target : run_key{},
                out);
  }
  keep(key, body, record.time(), request_outcome::accepted, target, out);
  if (verb == control_verb::cancel) {
    arrive(*run, {item_kind::cancel, record.at, 0, {}, {}, outcome::ok, {}, reason}, out);
    if (!run->has_start) begin_delayed(*run, out);  // to end it, its code must run
    return;
  }
  if (MUTANT("pause-forgotten") && verb == control_verb::pause) return;
  run->controls.push_back({verb, record.at, 0, std::string(reason.view())});
  out.emplace_back(control_arrived{target, verb});
}

}  // namespace perdure::runtime
