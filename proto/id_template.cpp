#include "proto/id_template.hpp"

#include <algorithm>
#include <cctype>

#include <google/protobuf/descriptor.h>

namespace perdure::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view allowed_types = "an id is made of strings, integers, bools and enums";

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string joined(const std::vector<std::string>& path) {
  std::string text;
  for (const auto& name : path) text += (text.empty() ? "" : ".") + name;
  return text;
}

bool is_field_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::expected<std::vector<std::string>, std::string> parse_path(std::string_view text) {
  std::vector<std::string> path;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find('.', from), text.size());
    const auto name = text.substr(from, to - from);
    if (!is_field_name(name)) {
      return std::unexpected("{" + std::string(text) +
                             "} is not a field: write {key} or {customer.id}");
    }
    path.emplace_back(name);
    from = to + 1;
  }
  return path;
}

bool can_stand_in_an_id(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() != FieldDescriptor::TYPE_BYTES;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      return true;
  }
}

/// The next field of a path, fit to be gone through or, if `last`, to be read.
std::expected<const FieldDescriptor*, std::string> next_field(const Descriptor& in,
                                                              const std::string& name, bool last) {
  const auto* field = in.FindFieldByName(name);
  if (!field) return std::unexpected(in.full_name() + " has no field " + quoted(name));
  if (field->is_repeated()) {
    return std::unexpected("field " + quoted(name) + " of " + in.full_name() +
                           " is repeated: " + std::string(allowed_types));
  }
  if (!last && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return std::unexpected("field " + quoted(name) + " of " + in.full_name() +
                           " is no message: there is nothing behind the dot");
  }
  if (last && !can_stand_in_an_id(*field)) {
    return std::unexpected("field " + quoted(name) + " of " + in.full_name() + " is of type " +
                           (field->message_type() ? field->message_type()->full_name()
                                                  : std::string(field->type_name())) +
                           ": " + std::string(allowed_types));
  }
  return field;
}

std::string text_of(const Message& in, const FieldDescriptor& field) {
  const auto& reflection = *in.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(in, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(in, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(reflection.GetUInt32(in, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(reflection.GetUInt64(in, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(in, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(in, &field);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value ? value->name() : std::to_string(number);
    }
    default:
      return reflection.GetString(in, &field);
  }
}

}  // namespace

std::expected<id_template, std::string> id_template::parse(std::string_view text) {
  if (text.empty()) return std::unexpected("is empty");
  if (!std::ranges::all_of(text, [](unsigned char c) { return std::isgraph(c); })) {
    return std::unexpected("holds a space or a character that cannot be printed");
  }
  id_template result;
  while (!text.empty()) {
    const auto open = text.find_first_of("{}");
    part next{.literal = std::string(text.substr(0, open)), .field = {}};
    if (open == text.npos) {
      result.parts.push_back(std::move(next));
      break;
    }
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == text.npos || text[close] == '{') {
      return std::unexpected("has a brace without its partner: write {key}");
    }
    if (next.literal.empty() && !result.parts.empty()) {
      return std::unexpected("has two fields that touch: put a separator between, {a}/{b}");
    }
    auto path = parse_path(text.substr(open + 1, close - open - 1));
    if (!path) return std::unexpected(path.error());
    next.field = *std::move(path);
    result.parts.push_back(std::move(next));
    text.remove_prefix(close + 1);
  }
  return result;
}

std::expected<void, std::string> id_template::check(const Descriptor& request) const {
  for (const auto& part : parts) {
    const auto* in = &request;
    for (const auto& name : part.field) {
      const bool last = &name == &part.field.back();
      const auto field = next_field(*in, name, last);
      if (!field) return std::unexpected(field.error());
      in = (*field)->message_type();
    }
  }
  return {};
}

std::expected<std::string, std::string> id_template::apply(const Message& request) const {
  std::string id;
  for (const auto& part : parts) {
    id += part.literal;
    const auto* in = &request;
    for (const auto& name : part.field) {
      const bool last = &name == &part.field.back();
      const auto field = next_field(*in->GetDescriptor(), name, last);
      if (!field) return std::unexpected(field.error());
      if (!last) {
        in = &in->GetReflection()->GetMessage(*in, *field);
        continue;
      }
      const auto text = text_of(*in, **field);
      if (text.empty()) {
        return std::unexpected("field " + quoted(joined(part.field)) + " of " +
                               request.GetDescriptor()->full_name() +
                               " is empty: the workflow id is made from it");
      }
      id += text;
    }
  }
  return id;
}

}  // namespace perdure::proto
