#include "deploy/cli/header_json.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "nexus/api/base64.hpp"

namespace perdure::deploy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

json text_or_base64(const std::string& bytes) {
  const bool plain = std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c <= '~'; });
  if (plain) return bytes;
  return {{"base64", nexus::base64_encode(bytes)}};
}

/// One value of a field: `index` is of a repeated one, -1 of another.
json value_of(const Message& message, const FieldDescriptor& field, int index) {
  const auto& from = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return header_json(repeated ? from.GetRepeatedMessage(message, &field, index)
                                  : from.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return text_or_base64(repeated ? from.GetRepeatedString(message, &field, index)
                                     : from.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return repeated ? from.GetRepeatedBool(message, &field, index)
                      : from.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return repeated ? from.GetRepeatedEnum(message, &field, index)->name()
                      : from.GetEnum(message, &field)->name();
    case FieldDescriptor::CPPTYPE_UINT32:
      return repeated ? from.GetRepeatedUInt32(message, &field, index)
                      : from.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return repeated ? from.GetRepeatedUInt64(message, &field, index)
                      : from.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return repeated ? from.GetRepeatedInt32(message, &field, index)
                      : from.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return repeated ? from.GetRepeatedInt64(message, &field, index)
                      : from.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return repeated ? from.GetRepeatedDouble(message, &field, index)
                      : from.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return repeated ? from.GetRepeatedFloat(message, &field, index)
                      : from.GetFloat(message, &field);
  }
  return {};
}

}  // namespace

json header_json(const Message& header) {
  std::vector<const FieldDescriptor*> fields;
  header.GetReflection()->ListFields(header, &fields);
  json result = json::object();
  for (const auto* field : fields) {
    if (!field->is_repeated()) {
      result[field->name()] = value_of(header, *field, -1);
      continue;
    }
    auto& list = result[field->name()] = json::array();
    const int count = header.GetReflection()->FieldSize(header, field);
    for (int i = 0; i < count; ++i) list.push_back(value_of(header, *field, i));
  }
  return result;
}

}  // namespace perdure::deploy
