#include "examples/licence_audit/licence_expression.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "examples/licence_audit/characters.hpp"

namespace licence_audit {
namespace {

using kind = licence_expression::kind;

constexpr std::size_t most_words_in_a_name = 4;
constexpr std::size_t deepest_nesting = 32;

enum class token_kind { word, all, any, with, comma, open, close };
struct token {
  token_kind type;
  std::string text;
};

token_kind kind_of_word(std::string_view word) {
  const auto plain = lower_case(word);
  if (plain == "and" || plain == "&") return token_kind::all;
  if (plain == "or" || plain == "and/or" || plain == "|" || plain == "/") return token_kind::any;
  if (plain == "with") return token_kind::with;
  return token_kind::word;
}

/// Words that occur in sentences, not in names.
bool belongs_to_a_sentence(std::string_view word) {
  static constexpr auto words = std::to_array<std::string_view>({"any",
                                                                 "are",
                                                                 "as",
                                                                 "by",
                                                                 "copy",
                                                                 "copying",
                                                                 "distribute",
                                                                 "for",
                                                                 "in",
                                                                 "is",
                                                                 "it",
                                                                 "its",
                                                                 "modify",
                                                                 "obtaining",
                                                                 "of",
                                                                 "permission",
                                                                 "redistribution",
                                                                 "see",
                                                                 "software",
                                                                 "that",
                                                                 "the",
                                                                 "this",
                                                                 "to",
                                                                 "under",
                                                                 "use",
                                                                 "without",
                                                                 "work"});
  return std::ranges::binary_search(words, lower_case(word));
}

/// "LGPLv3+_or_GPLv2+" is seen in the wild.
std::string with_spaces_for_underscores(std::string_view text) {
  std::string result(text);
  for (std::string_view joined : {"_or_", "_and_"}) {
    for (auto at = result.find(joined); at != std::string::npos; at = result.find(joined, at)) {
      result[at] = ' ';
      result[at + joined.size() - 1] = ' ';
    }
  }
  return result;
}

/// "GPL-2 or later" is "GPL-2+".
std::vector<token> with_pluses(std::vector<token> tokens) {
  std::vector<token> result;
  for (auto& next : tokens) {
    const bool is_later = next.type == token_kind::word && lower_case(next.text) == "later";
    if (is_later && result.size() >= 2 && result.back().type == token_kind::any &&
        result[result.size() - 2].type == token_kind::word) {
      result.pop_back();
      result.back().text += '+';
    } else {
      result.push_back(std::move(next));
    }
  }
  return result;
}

std::vector<token> split(std::string_view text) {
  std::vector<token> tokens;
  std::string word;
  auto end_word = [&] {
    if (word.empty()) return;
    tokens.push_back({kind_of_word(word), word});
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      end_word();
    } else if (c == ',' || c == ';') {
      end_word();
      tokens.push_back({token_kind::comma, ","});
    } else if (c == '(') {
      end_word();
      tokens.push_back({token_kind::open, "("});
    } else if (c == ')') {
      end_word();
      tokens.push_back({token_kind::close, ")"});
    } else {
      word.push_back(c);
    }
  }
  end_word();
  return with_pluses(std::move(tokens));
}

licence_expression combine(kind type, std::vector<licence_expression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  licence_expression result{.type = type, .name = {}, .exception = {}, .parts = {}};
  for (auto& part : parts) {
    if (part.type == type) {
      std::ranges::move(part.parts, std::back_inserter(result.parts));
    } else {
      result.parts.push_back(std::move(part));
    }
  }
  return result;
}

/// Recursive descent over the tokens; each function leaves `at_` behind what it took.
class parser {
 public:
  explicit parser(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  std::optional<licence_expression> parse_all() {
    auto result = list();
    return result && at_ == tokens_.size() ? std::move(result) : std::nullopt;
  }

 private:
  bool next_is(token_kind type) const { return at_ < tokens_.size() && tokens_[at_].type == type; }
  bool take(token_kind type) {
    if (!next_is(type)) return false;
    ++at_;
    return true;
  }

  /// choice (", and" choice | ", or" choice | "," choice)*; a bare comma is an "and".
  std::optional<licence_expression> list() {
    if (++depth_ > deepest_nesting) return std::nullopt;
    std::vector<licence_expression> choices;
    std::vector<licence_expression> together;
    do {
      auto part = choice();
      if (!part) return std::nullopt;
      together.push_back(std::move(*part));
      if (!take(token_kind::comma)) break;
      if (at_ == tokens_.size()) break;  // "Expat,"
      if (take(token_kind::any)) {
        choices.push_back(combine(kind::all_of, std::exchange(together, {})));
      } else {
        take(token_kind::all);
      }
    } while (true);
    --depth_;
    choices.push_back(combine(kind::all_of, std::move(together)));
    return combine(kind::any_of, std::move(choices));
  }

  std::optional<licence_expression> choice() {
    return sequence(kind::any_of, token_kind::any, &parser::conjunction);
  }
  std::optional<licence_expression> conjunction() {
    return sequence(kind::all_of, token_kind::all, &parser::licence);
  }
  std::optional<licence_expression> sequence(kind type, token_kind separator,
                                             std::optional<licence_expression> (parser::*next)()) {
    std::vector<licence_expression> parts;
    do {
      auto part = (this->*next)();
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    } while (take(separator));
    return combine(type, std::move(parts));
  }

  std::optional<licence_expression> licence() {
    if (take(token_kind::open)) {
      auto inner = list();
      return inner && take(token_kind::close) ? std::move(inner) : std::nullopt;
    }
    licence_expression result;
    result.name = words(most_words_in_a_name);
    if (result.name.empty()) return std::nullopt;
    if (lower_case(result.name) ==
        "perl") {  // the format's short name for "the terms of Perl itself"
      return licence_expression{.type = kind::any_of,
                                .name = {},
                                .exception = {},
                                .parts = {{.name = "GPL-1+", .exception = {}, .parts = {}},
                                          {.name = "Artistic", .exception = {}, .parts = {}}}};
    }
    if (take(token_kind::with)) {
      result.exception = words(most_words_in_a_name + 1);
      if (result.exception.empty()) return std::nullopt;
    }
    return result;
  }

  /// Joins the words up to the next operator; nothing if there are too many for a name.
  std::string words(std::size_t limit) {
    std::string result;
    for (std::size_t count = 0; next_is(token_kind::word); ++at_) {
      if (++count > limit || belongs_to_a_sentence(tokens_[at_].text)) return {};
      if (!result.empty()) result.push_back('-');
      result += tokens_[at_].text;
    }
    return result;
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<licence_expression> parse_expression(std::string_view text) {
  return parser(split(with_spaces_for_underscores(text))).parse_all();
}

void for_each_licence(const licence_expression& expression,
                      const std::function<void(const licence_expression&)>& visit) {
  if (expression.type == kind::licence) return visit(expression);
  for (const auto& part : expression.parts) for_each_licence(part, visit);
}

std::string render(const licence_expression& expression,
                   const std::function<std::string(const licence_expression&)>& key) {
  if (expression.type == kind::licence) return key(expression);
  std::set<std::string> parts;
  for (const auto& part : expression.parts) {
    auto text = render(part, key);
    const bool is_choice = expression.type == kind::all_of && text.contains(" OR ");
    parts.insert(is_choice ? "(" + text + ")" : text);
  }
  std::string result;
  for (const auto& part : parts) {
    if (!result.empty()) result += expression.type == kind::all_of ? " AND " : " OR ";
    result += part;
  }
  return result;
}

}  // namespace licence_audit
