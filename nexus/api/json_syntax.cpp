#include "nexus/api/json_syntax.hpp"

#include <algorithm>
#include <cstdint>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace perdure::nexus {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using runtime::errc;

/// Lets the parser check the syntax and builds nothing.
struct syntax_check {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, error_code&) { return true; }
  bool on_key_part(json::string_view, std::size_t, error_code&) { return true; }
  bool on_key(json::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
  bool on_double(double, json::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }
};

api_result<void> check_syntax(std::string_view text) {
  json::parse_options options;
  options.max_depth = deepest_json;
  json::basic_parser<syntax_check> parser(options);
  error_code error;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
  if (error == json::error::too_deep) {
    return refuse(errc::invalid_argument,
                  fmt::format("the JSON is nested more than {} deep", deepest_json));
  }
  if (error) {
    return refuse(errc::invalid_argument,
                  fmt::format("the body is not JSON: {} at byte {}", error.message(), taken));
  }
  const auto rest = text.substr(taken);
  if (rest.find_first_not_of(" \t\r\n") != rest.npos) {
    return refuse(errc::invalid_argument,
                  fmt::format("there is more behind the JSON value, at byte {}", taken));
  }
  return {};
}

/// Walks over JSON that was checked.
class cursor {
 public:
  explicit cursor(std::string_view text) : text_(text) { skip_space(); }

  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip() {
    ++at_;
    skip_space();
  }

  std::string_view take_value() {
    const std::size_t from = at_;
    if (at('"')) {
      skip_string();
    } else if (at('{') || at('[')) {
      skip_nested();
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
    }
    const std::string_view value = text_.substr(from, at_ - from);
    skip_space();
    return value;
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_string() {
    for (++at_; !at('"'); ++at_) {
      if (at('\\')) ++at_;
    }
    ++at_;
  }

  void skip_nested() {
    for (std::size_t depth = 0;;) {
      if (at('"')) {
        skip_string();
        continue;
      }
      if (at('{') || at('[')) ++depth;
      if (at('}') || at(']')) --depth;
      ++at_;
      if (depth == 0) return;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

api_result<std::vector<json_member>> split_json_object(std::string_view text) {
  if (auto good = check_syntax(text); !good) return std::unexpected(std::move(good.error()));
  cursor at(text);
  if (!at.at('{')) {
    return refuse(errc::invalid_argument, "the body must be a JSON object, {…}");
  }
  std::vector<json_member> members;
  for (at.skip(); !at.at('}');) {
    std::string name = decode_json_string(at.take_value());
    at.skip();  // the colon
    const auto same_name = [&](const json_member& other) { return other.name == name; };
    if (std::ranges::any_of(members, same_name)) {
      return refuse(errc::invalid_argument, fmt::format("the body has \"{}\" twice", name));
    }
    members.push_back({std::move(name), at.take_value()});
    if (at.at(',')) at.skip();
  }
  return members;
}

json_kind kind_of(std::string_view value) {
  switch (value.front()) {
    case 'n':
      return json_kind::null;
    case 't':
    case 'f':
      return json_kind::boolean;
    case '"':
      return json_kind::string;
    case '[':
      return json_kind::array;
    case '{':
      return json_kind::object;
    default:
      return json_kind::number;
  }
}

std::string decode_json_string(std::string_view value) {
  if (value.find('\\') == value.npos) return std::string(value.substr(1, value.size() - 2));
  const json::value decoded = json::parse(json::string_view(value.data(), value.size()));
  return std::string(decoded.get_string().data(), decoded.get_string().size());
}

}  // namespace perdure::nexus
