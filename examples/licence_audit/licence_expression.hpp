#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace licence_audit {

/// What the first line of a License field grants: one licence, all of several, or a choice.
struct licence_expression {
  enum class kind { licence, all_of, any_of };
  kind type = kind::licence;
  std::string name;                       ///< of a licence, as written
  std::string exception;                  ///< of a licence: "Autoconf-exception", joined by hyphens
  std::vector<licence_expression> parts;  ///< of the others, two or more

  bool operator==(const licence_expression&) const = default;
};

/// Parses by the rules of copyright format 1.0, section 7: "and" binds more tightly than "or", a
/// comma binds least, "with … exception" belongs to the name before it. What real files do besides
/// is understood too: AND, OR, "and/or", "|", parentheses, names of up to four words. Nothing: it
/// is empty, or reads like a sentence.
std::optional<licence_expression> parse_expression(std::string_view text);

/// Each licence of it, from left to right.
void for_each_licence(const licence_expression& expression,
                      const std::function<void(const licence_expression&)>& visit);

/// SPDX's way to write it, where `key` gives what stands for a licence. Equal parts appear once,
/// in the order of their text, so that "A or B" and "B or A" are one.
std::string render(const licence_expression& expression,
                   const std::function<std::string(const licence_expression&)>& key);

}  // namespace licence_audit
