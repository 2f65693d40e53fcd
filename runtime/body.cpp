#include "runtime/body.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime {
namespace {

payload body_of_turn(const decoded_record& record, std::uint32_t part) {
  const auto& turn = record.as<wire::Turn>();
  if (part == 0) return record.view.body(turn.result_payload());
  if (part >= result_part(0)) {
    const auto index = static_cast<int>(part - result_part(0));
    return index < turn.results_size() ? record.view.body(turn.results(index).body_payload())
                                       : payload{};
  }
  if (part >= command_part(0)) {
    const auto index = static_cast<int>(part - command_part(0));
    return index < turn.commands_size() ? record.view.body(turn.commands(index).body_payload())
                                        : payload{};
  }
  const auto index = static_cast<int>(part - outgoing_part(0));
  return index < turn.outgoing_size() ? record.view.body(turn.outgoing(index).body_payload())
                                      : payload{};
}

}  // namespace

payload body_of(const decoded_record& record, std::uint32_t part) {
  switch (record.kind()) {
    case record_kind::turn:
      return body_of_turn(record, part);
    case record_kind::start:
      return record.view.body(record.as<wire::Start>().body_payload());
    case record_kind::signal:
      return record.view.body(record.as<wire::Signal>().body_payload());
    case record_kind::update:
      return record.view.body(record.as<wire::Update>().body_payload());
    case record_kind::control:
      return record.view.body(record.as<wire::Control>().body_payload());
    case record_kind::message:
      return record.view.body(record.as<wire::Message>().body_payload());
    case record_kind::step_result:
      return record.view.body(record.as<wire::StepResult>().body_payload());
    default:
      return {};
  }
}

outcome outcome_of(run_status closed) {
  switch (closed) {
    case run_status::completed:
      return outcome::ok;
    case run_status::failed:
      return outcome::failed;
    case run_status::cancelled:
      return outcome::cancelled;
    case run_status::terminated:
      return outcome::terminated;
    case run_status::timed_out:
      return outcome::timed_out;
    case run_status::open:
    case run_status::paused:
    case run_status::parked:
      break;
  }
  INVARIANT(false, "a run that is {} has no outcome", name(closed));
}

}  // namespace perdure::runtime
