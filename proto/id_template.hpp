#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

namespace perdure::proto {

/// How a workflow id is made from a request: the option `id` of an rpc, "licence/{key}"
/// (proto/perdure/v1/options.proto). The plugin checks it when code is generated; the generated
/// client and the HTTP edge apply it, so both make the same id of the same request.
///
/// Grammar: printable text without spaces, in it `{field}` or `{field.field}`. Two fields never
/// touch: "a{x}{y}" would make one id of {"1", "23"} and {"12", "3"}.
struct id_template {
  struct part {
    std::string literal;             ///< stands before the field
    std::vector<std::string> field;  ///< path into the request; empty: the text ends here
  };
  std::vector<part> parts;

  /// Error: what is wrong and what to write instead, without the template itself.
  static std::expected<id_template, std::string> parse(std::string_view text);

  /// Whether every field exists in `request` and can stand in an id. Strings, integers, bools and
  /// enums can; what repeats, bytes, floats and whole messages cannot.
  std::expected<void, std::string> check(const google::protobuf::Descriptor& request) const;

  /// The id. Error: the request is of the wrong type, or a string that the id is made from is empty
  /// (all such requests would be taken for one workflow).
  std::expected<std::string, std::string> apply(const google::protobuf::Message& request) const;
};

}  // namespace perdure::proto
