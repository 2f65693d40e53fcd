#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nexus/api/json_syntax.hpp"
#include "nexus/api/request_target.hpp"
#include "runtime/ids.hpp"

namespace perdure::nexus {

inline constexpr std::size_t longest_id = 256;        ///< ids, names and keys (DESIGN 7.6)
inline constexpr std::size_t longest_reason = 4'096;  ///< texts for people

/// Reads named values of a request and remembers the first that is wrong, so that a handler reads
/// all it wants and then asks once. Whatever is given but was not asked for is wrong too: a typo
/// must not be taken for an absent option.
class fields {
 public:
  enum class presence : std::uint8_t { optional, required };

  /// From the query of a request.
  explicit fields(const std::vector<request_target::parameter>& query);
  /// From a body, which is a JSON object; an empty one has no members. `content_type` must be
  /// application/json if there is a body. `body` outlives this.
  fields(const std::string* content_type, std::string_view body);

  /// Text of at most `longest` bytes, plain (is_plain_text); empty if absent.
  std::string text(std::string_view name, presence wanted = presence::optional,
                   std::size_t longest = longest_id);
  runtime::duration duration(std::string_view name);
  std::size_t number(std::string_view name, std::size_t least, std::size_t most,
                     std::size_t otherwise);
  /// True or false, false if absent. Only of a body.
  bool truth(std::string_view name);
  /// A member as JSON text, empty if absent. Only of a body.
  std::string_view json(std::string_view name);

  /// The first that was wrong. Ask last: it names what nobody asked for.
  const std::optional<api_error>& error();

 private:
  struct field {
    std::string name;
    std::string text;       ///< of a query parameter
    std::string_view json;  ///< of a body's member, else empty
    bool asked = false;
  };

  field* find(std::string_view name);
  std::optional<std::string> text_of(const field& found);
  void wrong(std::string message, runtime::errc code = runtime::errc::invalid_argument);

  std::vector<field> fields_;
  std::optional<api_error> error_;
};

}  // namespace perdure::nexus
