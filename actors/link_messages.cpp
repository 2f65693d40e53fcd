#include "actors/link_messages.hpp"

#include <utility>

#include "perdure/link/v1/link.pb.h"

namespace perdure::actors {
namespace {

namespace wire = perdure::link::v1;
using runtime::errc;

template <class Message>
runtime::expected<Message> parse(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes))
    return runtime::fail(errc::invalid_argument, "bytes that are no message of a link");
  return message;
}

errc code_of(std::string_view named) {
  for (auto code = errc::invalid_argument; code <= errc::failed_state;
       code = static_cast<errc>(std::to_underlying(code) + 1)) {
    if (runtime::name(code) == named) return code;
  }
  return errc::unavailable;
}

}  // namespace

std::string to_bytes(const greeting& what) {
  wire::Greeting message;
  message.set_version(what.version);
  message.set_node(what.node);
  message.set_session(what.session.value);
  return message.SerializeAsString();
}

std::string to_bytes(const passed_query& what) {
  wire::Query message;
  message.set_number(what.number);
  message.set_attempt(what.attempt);
  message.set_namespace_(what.request.target.name_space);
  message.set_workflow_id(what.request.target.workflow_id);
  message.set_run_id(what.request.target.run_id);
  message.set_name(what.request.name);
  message.set_input(std::string(what.request.input.view()));
  return message.SerializeAsString();
}

std::string to_bytes(const description_request& what) {
  wire::Describe message;
  message.set_number(what.number);
  message.set_attempt(what.attempt);
  return message.SerializeAsString();
}

std::string to_bytes(const passed_answer& what) {
  wire::Answer message;
  message.set_number(what.number);
  message.set_attempt(what.attempt);
  if (what.value) {
    message.set_value(std::string(what.value->view()));
  } else {
    message.set_error(std::string(runtime::name(what.value.error().code)));
    message.set_text(what.value.error().message);
  }
  return message.SerializeAsString();
}

runtime::expected<greeting> decode_greeting(const std::string& bytes) {
  const auto message = parse<wire::Greeting>(bytes);
  if (!message) return std::unexpected(message.error());
  return greeting{message->version(), message->node(), runtime::session_id(message->session())};
}

runtime::expected<passed_query> decode_query(const std::string& bytes) {
  auto message = parse<wire::Query>(bytes);
  if (!message) return std::unexpected(message.error());
  return passed_query{message->number(),
                      message->attempt(),
                      {{message->namespace_(), message->workflow_id(), message->run_id()},
                       message->name(),
                       runtime::payload(std::move(*message->mutable_input()))}};
}

runtime::expected<description_request> decode_description_request(const std::string& bytes) {
  const auto message = parse<wire::Describe>(bytes);
  if (!message) return std::unexpected(message.error());
  return description_request{message->number(), message->attempt()};
}

runtime::expected<passed_answer> decode_answer(const std::string& bytes) {
  auto message = parse<wire::Answer>(bytes);
  if (!message) return std::unexpected(message.error());
  passed_answer answer{message->number(), message->attempt(), {}};
  if (message->error().empty())
    answer.value = runtime::payload(std::move(*message->mutable_value()));
  else
    answer.value = runtime::fail(code_of(message->error()), message->text());
  return answer;
}

}  // namespace perdure::actors
