#include "runtime/value_type.hpp"

#include <utility>

namespace perdure::runtime {
namespace {

std::string text_of_parts(const value_type& type) {
  std::string text;
  for (const auto& part : type.parts) text += (text.empty() ? "" : ", ") + to_text(part);
  return text;
}

}  // namespace

value_type message_type(std::string name, std::shared_ptr<const message_schema> schema) {
  if (name.empty()) return {};
  return {
      .kind = value_type::form::message, .message = std::move(name), .schema = std::move(schema)};
}

std::string to_text(const value_type& type) {
  switch (type.kind) {
    case value_type::form::bytes:
      return "bytes";
    case value_type::form::text:
      return "string";
    case value_type::form::number:
      return "number";
    case value_type::form::boolean:
      return "bool";
    case value_type::form::json:
      return "json";
    case value_type::form::message:
      return type.message;
    case value_type::form::list:
      return "list<" + text_of_parts(type) + ">";
    case value_type::form::optional:
      return "optional<" + text_of_parts(type) + ">";
    case value_type::form::tuple:
      break;
  }
  return "(" + text_of_parts(type) + ")";
}

}  // namespace perdure::runtime
