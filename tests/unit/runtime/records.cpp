#include "tests/unit/runtime/records.hpp"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

namespace perdure::runtime {
namespace {

/// Numbers that say nothing to a reader and change with every word elsewhere.
void hide_hashes(google::protobuf::Message& header) {
  const auto* about = header.GetDescriptor();
  const auto* fields = header.GetReflection();
  for (int i = 0; i < about->field_count(); ++i) {
    const auto* field = about->field(i);
    if (field->name() == "before" || field->name() == "digest" || field->name() == "body_hash") {
      fields->ClearField(&header, field);
    } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_MESSAGE) {
      if (field->is_repeated()) {
        for (int k = 0; k < fields->FieldSize(header, field); ++k)
          hide_hashes(*fields->MutableRepeatedMessage(&header, field, k));
      } else if (fields->HasField(header, field)) {
        hide_hashes(*fields->MutableMessage(&header, field));
      }
    }
  }
}

}  // namespace

std::string encoded(record_kind kind, const google::protobuf::Message& header, timestamp time,
                    std::initializer_list<std::string_view> bodies, slot_number slot) {
  std::string bytes;
  encode_record(bytes, {kind, time, slot}, header, std::span(bodies.begin(), bodies.size()));
  return bytes;
}

std::string to_text(const decoded_record& record) {
  const std::unique_ptr<google::protobuf::Message> header(record.header->New());
  header->CopyFrom(*record.header);
  hide_hashes(*header);
  auto text = fmt::format("{} @{}us", name(record.kind()), record.time().us);
  if (const auto words = header->ShortDebugString(); !words.empty()) text += " { " + words + " }";
  for (std::uint32_t i = 1; i <= record.view.payload_count(); ++i)
    text += fmt::format(" \"{}\"", record.view.body(i).view());
  return text;
}

std::string start_record(const start_words& words, timestamp time) {
  wire::Start start;
  start.set_workflow_id(words.workflow_id);
  start.set_agent(words.agent);
  start.set_operation(words.operation);
  start.set_request_key(words.key);
  start.set_policy(static_cast<std::uint32_t>(words.policy));
  start.set_delay_us(static_cast<std::uint64_t>(words.delay.us));
  start.set_timeout_us(static_cast<std::uint64_t>(words.timeout.us));
  start.set_body_payload(1);
  return encoded(record_kind::start, start, time, {words.input});
}

std::string signal_record(std::string_view workflow_id, std::string_view name, std::string_view key,
                          std::string_view body, timestamp time, run_key run) {
  wire::Signal signal;
  signal.set_workflow_id(std::string(workflow_id));
  if (run != run_key{}) set_key(*signal.mutable_run(), run);
  signal.set_name(std::string(name));
  signal.set_request_key(std::string(key));
  signal.set_body_payload(1);
  return encoded(record_kind::signal, signal, time, {body});
}

std::string control_record(std::string_view workflow_id, control_verb verb, std::string_view key,
                           std::string_view reason, timestamp time, run_key run) {
  wire::Control control;
  control.set_workflow_id(std::string(workflow_id));
  if (run != run_key{}) set_key(*control.mutable_run(), run);
  control.set_verb(static_cast<std::uint32_t>(verb));
  control.set_request_key(std::string(key));
  control.set_body_payload(1);
  return encoded(record_kind::control, control, time, {reason});
}

std::string log_opened_record(std::uint64_t incarnation, std::string_view name_space,
                              std::uint32_t number, std::uint32_t partitions) {
  wire::LogOpened opened;
  opened.set_incarnation(incarnation);
  opened.set_namespace_(std::string(name_space));
  opened.set_number(number);
  opened.set_partitions(partitions);
  return encoded(record_kind::log_opened, opened);
}

std::string config_record(const config_words& words) {
  wire::Config config;
  config.set_version(words.version);
  for (const auto& caller : words.callers) config.add_callers(caller);
  config.set_retention_seconds(words.retention_seconds);
  config.set_retention_runs(words.retention_runs);
  return encoded(record_kind::config, config);
}

std::string step_result_record(const step_result_words& words, timestamp time) {
  wire::StepResult result;
  set_key(*result.mutable_run(), words.run);
  result.set_step(words.step);
  result.set_attempt(words.attempt);
  result.set_outcome(static_cast<std::uint32_t>(words.result));
  result.set_retryable(words.retryable);
  result.set_body_payload(1);
  return encoded(record_kind::step_result, result, time, {words.body});
}

}  // namespace perdure::runtime
