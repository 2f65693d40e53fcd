#pragma once

#include <string>

#include "runtime/body.hpp"
#include "runtime/membership/cluster_member.hpp"
#include "runtime/routes.hpp"

namespace perdure::nexus {

// Namespace alpha has partitions 1 to 4 of the installation, beta 5 to 8.
inline const runtime::membership::cluster_namespace alpha{1, 4, runtime::incarnation(0xA)};
inline const runtime::membership::cluster_namespace beta{5, 4, runtime::incarnation(0xB)};

inline runtime::partition_index home_of(const std::string& workflow_id) {
  return runtime::partition_index(beta.first + runtime::slot_of(workflow_id).value % beta.count);
}

/// What a message of alpha's to beta says.
struct message_words {
  std::uint64_t log = alpha.log.value;
  std::uint32_t source = 2;
  std::uint64_t number = 1;
  runtime::body_kind kind = runtime::body_kind::call;
  std::string workflow_id = "w";
  std::string caller_namespace = "alpha";
  std::string content = "input";
};

inline std::string message_record(const message_words& words) {
  runtime::wire::Message message;
  message.set_source_incarnation(words.log);
  message.set_source_partition(words.source);
  message.set_number(words.number);
  auto& body = *message.mutable_body();
  body.set_kind(static_cast<std::uint32_t>(words.kind));
  if (words.kind == runtime::body_kind::call || words.kind == runtime::body_kind::signal) {
    body.set_workflow_id(words.workflow_id);
    body.set_caller_namespace(words.caller_namespace);
  }
  message.set_body_payload(1);
  const std::string_view payloads[] = {words.content};
  std::string bytes;
  runtime::encode_record(bytes,
                         {runtime::record_kind::message, {7}, runtime::slot_of(words.workflow_id)},
                         message, payloads);
  return bytes;
}

}  // namespace perdure::nexus
