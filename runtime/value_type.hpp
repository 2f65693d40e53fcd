#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace perdure::runtime {

class message_schema;

/// What the bytes of a value hold, for people who look at them: a history, the API. Only what shows
/// values needs it; it is never recorded. Nodes tell each other by `form`'s numbers: never change
/// one.
struct value_type {
  enum class form : std::uint8_t {
    bytes,     ///< nothing is known
    text,      ///< as it stands
    number,    ///< decimal text
    boolean,   ///< "true" or "false"
    json,      ///< any JSON, as text
    message,   ///< the protobuf message `message`
    list,      ///< elements of the type `parts[0]`, each with its length before it
    optional,  ///< nothing, or a '=' and a value of the type `parts[0]`
    tuple,     ///< a value of each of `parts`, each with its length before it
  };

  form kind = form::bytes;
  std::string message = {};  ///< full protobuf name
  std::vector<value_type> parts = {};
  std::shared_ptr<const message_schema> schema = {};  ///< of `message`; null: this program's

  bool is_known() const { return kind != form::bytes; }
  bool operator==(const value_type&) const = default;
};

/// The message of that full name; empty: bytes. `schema` null: of this program.
value_type message_type(std::string name, std::shared_ptr<const message_schema> schema = {});

/// As the API writes it: "audit.v1.Page", "list<string>", "(audit.v1.Excerpt, number)".
std::string to_text(const value_type& type);

}  // namespace perdure::runtime
