#include "actors/catalogue_messages.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "perdure/link/v1/link.pb.h"
#include "runtime/message_schema.hpp"

namespace perdure::actors {
namespace {

namespace wire = perdure::link::v1;
using runtime::agent_catalogue;
using runtime::errc;
using runtime::value_type;

/// Writes a catalogue down, and which messages it names.
class catalogue_writer {
 public:
  wire::Catalogue write(const agent_catalogue& what) {
    for (const auto& agent : what.agents) write(agent);
    for (const auto& [name, types] : what.steps) {
      auto& step = *message_.add_steps();
      step.set_name(name);
      write(types.arguments, *step.mutable_arguments());
      write(types.result, *step.mutable_result());
    }
    message_.set_files(runtime::file_descriptors(named_));
    return std::move(message_);
  }

 private:
  void write(const runtime::agent_description& what) {
    auto& agent = *message_.add_agents();
    agent.set_name(what.name);
    agent.set_build(what.build);
    for (const auto& each : what.operations) {
      auto& operation = *agent.add_operations();
      operation.set_name(each.name);
      operation.set_kind(std::to_underlying(each.kind));
      operation.set_input_type(each.input_type);
      operation.set_output_type(each.output_type);
      operation.set_id_template(each.id_template);
      named_.insert({each.input_type, each.output_type});
    }
  }

  void write(const value_type& what, wire::ValueType& type) {
    type.set_kind(std::to_underlying(what.kind));
    type.set_message(what.message);
    named_.insert(what.message);
    for (const auto& part : what.parts) write(part, *type.add_parts());
  }

  wire::Catalogue message_;
  std::set<std::string> named_;
};

/// A form that this build does not know, or that has not the parts which it takes, is bytes.
value_type read_type(const wire::ValueType& type,
                     const std::shared_ptr<const runtime::message_schema>& schema) {
  using form = value_type::form;
  if (type.kind() > std::to_underlying(form::tuple)) return {};
  value_type read{.kind = static_cast<form>(type.kind()), .message = type.message()};
  const bool has_one = read.kind == form::list || read.kind == form::optional;
  if (has_one && type.parts_size() != 1) return {};
  if (read.kind == form::message) read.schema = schema;
  for (const auto& part : type.parts()) read.parts.push_back(read_type(part, schema));
  return read;
}

/// What a later build may add is left out.
runtime::agent_description read_agent(const wire::Agent& agent) {
  using runtime::operation_kind;
  runtime::agent_description read{agent.name(), agent.build(), {}};
  for (const auto& operation : agent.operations()) {
    if (operation.kind() < std::to_underlying(operation_kind::workflow) ||
        operation.kind() > std::to_underlying(operation_kind::query)) {
      continue;
    }
    read.operations.push_back({operation.name(), static_cast<operation_kind>(operation.kind()),
                               operation.input_type(), operation.output_type(),
                               operation.id_template()});
  }
  return read;
}

}  // namespace

std::string to_bytes(const agent_catalogue& what, runtime::session_id session) {
  auto message = catalogue_writer().write(what);
  message.set_session(session.value);
  return message.SerializeAsString();
}

runtime::expected<far_catalogue> decode_catalogue(std::string_view bytes) {
  wire::Catalogue message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return runtime::fail(errc::invalid_argument, "bytes that are no catalogue of agents");
  auto schema = runtime::message_schema::parse(message.files());
  if (!schema) return std::unexpected(std::move(schema.error()));
  auto catalogue = std::make_shared<agent_catalogue>();
  for (const auto& agent : message.agents()) catalogue->agents.push_back(read_agent(agent));
  for (const auto& step : message.steps()) {
    catalogue->steps.insert_or_assign(step.name(),
                                      runtime::step_types{read_type(step.arguments(), *schema),
                                                          read_type(step.result(), *schema)});
  }
  catalogue->schema = *std::move(schema);
  for (const auto& agent : catalogue->agents) {
    for (const auto& operation : agent.operations) {
      for (const auto& type : {operation.input_type, operation.output_type}) {
        if (type.empty() || runtime::make_message(catalogue->schema.get(), type)) continue;
        return runtime::fail(errc::invalid_argument,
                             fmt::format("it names message {} and does not describe it", type));
      }
    }
  }
  return far_catalogue{runtime::session_id(message.session()), std::move(catalogue)};
}

}  // namespace perdure::actors
