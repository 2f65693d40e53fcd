#pragma once

#include <memory>
#include <string_view>

#include <google/protobuf/message.h>

#include "nexus/api/api_error.hpp"
#include "nexus/api/json_writer.hpp"
#include "runtime/payload.hpp"
#include "runtime/value_type.hpp"

namespace perdure::nexus {

/// Between the JSON of the API and the bytes that agents read (docs/api.md, "Values").
///
/// A protobuf message that is linked into this program, or that the type has the schema of, has
/// protobuf's own JSON; texts, numbers, JSON, lists, optionals and a step's arguments are what they
/// are. Everything else (no type, one that is not known here, bytes that are not of their type) is
/// bytes: shown as a JSON string if they are UTF-8, else as {"base64": "…"}.
void append_value(json_writer& out, const runtime::value_type& type, std::string_view bytes);

struct encoded_value {
  encoded_value(runtime::payload made, bool as_given) : bytes(std::move(made)), exact(as_given) {}
  encoded_value(runtime::payload made, std::shared_ptr<const runtime::message_schema> made_by,
                std::unique_ptr<google::protobuf::Message> made_of)
      : bytes(std::move(made)), schema(std::move(made_by)), message(std::move(made_of)) {}
  encoded_value(encoded_value&&) = default;
  encoded_value& operator=(encoded_value&&) = delete;  ///< the schema outlives its message
  ~encoded_value() = default;

  runtime::payload bytes;
  std::shared_ptr<const runtime::message_schema> schema;  ///< of `message`
  std::unique_ptr<google::protobuf::Message> message;     ///< null if the type is no known message
  bool exact = false;  ///< no type played a part: nothing was given, or base64
};

/// `json` is valid JSON, or empty for an absent value. Without a known type: a string gives its
/// bytes, {"base64": "…"} what it encodes, null nothing, any other JSON its own text. Error
/// invalid_argument names `what` and says where the JSON does not fit the type.
api_result<encoded_value> encode_value(std::string_view what, const runtime::value_type& type,
                                       std::string_view json);

}  // namespace perdure::nexus
