#include "nexus/api/value_json.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include "nexus/api/base64.hpp"
#include "nexus/api/json_syntax.hpp"
#include "runtime/author/codec.hpp"
#include "runtime/message_schema.hpp"

namespace perdure::nexus {
namespace {

namespace protobuf = google::protobuf;
using runtime::errc;
using runtime::payload;

/// Null: it is no message, or one that nobody here knows.
std::unique_ptr<protobuf::Message> make_message(const runtime::value_type& type) {
  return runtime::make_message(type.schema.get(), type.message);
}

/// The message as JSON; empty if the bytes are no such message, or hold what JSON cannot say.
std::string message_json(const runtime::value_type& type, std::string_view bytes) {
  const auto message = make_message(type);
  if (!message || !message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return {};
  }
  protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = protobuf::util::MessageToJsonString(*message, &json, options);
  return status.ok() && transport::is_utf8(json) ? json : std::string();
}

void append_bytes(json_writer& out, std::string_view bytes) {
  if (transport::is_utf8(bytes)) {
    out.value(bytes);
  } else {
    out.begin_object().member("base64", base64_encode(bytes)).end_object();
  }
}

/// Bytes that are one JSON value, or bytes.
void append_json(json_writer& out, std::string_view bytes) {
  const auto object = fmt::format("{{\"value\":{}}}", bytes);
  const auto members = split_json_object(object);
  if (!members || members->size() != 1) return append_bytes(out, bytes);
  out.raw(members->front().value);
}

/// The parts of a list or tuple as an array.
void append_parts(json_writer& out, const runtime::value_type& type, std::string_view bytes) {
  const bool is_tuple = type.kind == runtime::value_type::form::tuple;
  std::vector<std::string_view> parts;
  try {
    parts = split_parts(bytes);
  } catch (const codec_error&) {
    return append_bytes(out, bytes);
  }
  if (is_tuple && parts.size() != type.parts.size()) return append_bytes(out, bytes);
  out.begin_array();
  for (std::size_t i = 0; i < parts.size(); ++i)
    append_value(out, type.parts.at(is_tuple ? i : 0), parts[i]);
  out.end_array();
}

/// The same message always as the same bytes: a request that is repeated must be known again.
payload serialise(const protobuf::Message& message) {
  std::string bytes;
  {
    protobuf::io::StringOutputStream stream(&bytes);
    protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes.empty() ? payload() : payload(std::move(bytes));
}

api_result<encoded_value> encode_message(std::string_view what, const runtime::value_type& type,
                                         std::string_view json,
                                         std::unique_ptr<protobuf::Message> message) {
  if (!json.empty()) {
    const auto status =
        protobuf::util::JsonStringToMessage({json.data(), json.size()}, message.get());
    if (!status.ok()) {
      return refuse(errc::invalid_argument, fmt::format("\"{}\" is no {}: {}", what, type.message,
                                                        status.message().as_string()));
    }
    if (!message->IsInitialized()) {
      return refuse(errc::invalid_argument,
                    fmt::format("\"{}\" is no {}: it lacks {}", what, type.message,
                                message->InitializationErrorString()));
    }
  }
  payload bytes = serialise(*message);
  return encoded_value(std::move(bytes), type.schema, std::move(message));
}

api_result<encoded_value> encode_base64(std::string_view what, std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes) {
    return refuse(errc::invalid_argument,
                  fmt::format("\"{}\" has a \"base64\" that is not base64 with padding", what));
  }
  return encoded_value(payload(*std::move(bytes)), true);
}

}  // namespace

void append_value(json_writer& out, const runtime::value_type& type, std::string_view bytes) {
  using form = runtime::value_type::form;
  switch (type.kind) {
    case form::bytes:
    case form::text:
      return append_bytes(out, bytes);
    case form::number:
    case form::boolean:
    case form::json:
      return append_json(out, bytes);
    case form::message: {
      const auto json = message_json(type, bytes);
      if (json.empty()) return append_bytes(out, bytes);
      out.raw(json);
      return;
    }
    case form::list:
    case form::tuple:
      return append_parts(out, type, bytes);
    case form::optional:
      if (bytes.empty()) {
        out.raw("null");
      } else if (bytes.front() == '=') {
        append_value(out, type.parts.at(0), bytes.substr(1));
      } else {
        append_bytes(out, bytes);
      }
      return;
  }
}

api_result<encoded_value> encode_value(std::string_view what, const runtime::value_type& type,
                                       std::string_view json) {
  if (auto message = make_message(type))
    return encode_message(what, type, json, std::move(message));
  if (json.empty() || kind_of(json) == json_kind::null) {
    return encoded_value({}, true);
  }
  if (kind_of(json) == json_kind::string) {
    return encoded_value(payload(decode_json_string(json)), false);
  }
  if (kind_of(json) == json_kind::object) {
    const auto members = split_json_object(json);
    if (members && members->size() == 1 && members->front().name == "base64" &&
        kind_of(members->front().value) == json_kind::string) {
      return encode_base64(what, decode_json_string(members->front().value));
    }
  }
  return encoded_value(payload(std::string(json)), false);
}

}  // namespace perdure::nexus
