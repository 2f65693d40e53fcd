#include "nexus/api/fields.hpp"

#include <charconv>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>

#include "nexus/api/time_text.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;

/// "application/json", with or without a charset, which can only be UTF-8.
bool is_json(std::string_view content_type) {
  const auto end = content_type.find(';');
  std::string_view type = content_type.substr(0, end);
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!boost::algorithm::iequals(type, "application/json")) return false;
  if (end == content_type.npos) return true;
  std::string_view parameter = content_type.substr(end + 1);
  while (parameter.starts_with(' ')) parameter.remove_prefix(1);
  return boost::algorithm::iequals(parameter, "charset=utf-8");
}

}  // namespace

fields::fields(const std::vector<request_target::parameter>& query) {
  for (const auto& [name, value] : query) fields_.push_back({name, value, {}});
}

fields::fields(const std::string* content_type, std::string_view body) {
  if (body.empty()) return;
  if (!content_type || !is_json(*content_type)) {
    error_ = api_error(415, errc::invalid_argument,
                       "the body must be sent with Content-Type: application/json");
    return;
  }
  auto members = split_json_object(body);
  if (!members) {
    error_ = std::move(members.error());
    return;
  }
  for (json_member& member : *members) {
    fields_.push_back({std::move(member.name), {}, member.value});
  }
}

fields::field* fields::find(std::string_view name) {
  for (field& candidate : fields_) {
    if (candidate.name == name) {
      candidate.asked = true;
      const bool is_null = !candidate.json.empty() && kind_of(candidate.json) == json_kind::null;
      return is_null ? nullptr : &candidate;
    }
  }
  return nullptr;
}

std::optional<std::string> fields::text_of(const field& found) {
  if (found.json.empty()) return found.text;
  if (kind_of(found.json) == json_kind::string) return decode_json_string(found.json);
  wrong(fmt::format("\"{}\" must be a string", found.name));
  return {};
}

std::string fields::text(std::string_view name, presence wanted, std::size_t longest) {
  const field* found = find(name);
  std::string text = found ? text_of(*found).value_or("") : "";
  if (text.empty() && wanted == presence::required) {
    wrong(fmt::format("\"{}\" is missing", name));
  }
  if (text.size() > longest) {
    wrong(fmt::format("\"{}\" has {} bytes, the limit is {}", name, text.size(), longest),
          errc::too_large);
  }
  if (!is_plain_text(text)) {
    wrong(fmt::format("\"{}\" has control characters in it", name));
  }
  return text;
}

runtime::duration fields::duration(std::string_view name) {
  const field* found = find(name);
  if (!found) return {};
  const auto text = text_of(*found);
  if (!text) return {};
  const auto duration = parse_duration(*text);
  if (!duration) {
    wrong(fmt::format("\"{}\" must be a duration such as \"500ms\", \"30s\" or \"72h\"", name));
  }
  return duration.value_or(runtime::duration{});
}

std::size_t fields::number(std::string_view name, std::size_t least, std::size_t most,
                           std::size_t otherwise) {
  const field* found = find(name);
  if (!found) return otherwise;
  const std::string_view text = found->json.empty() ? std::string_view(found->text) : found->json;
  std::size_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad == std::errc() && end == text.data() + text.size() && number >= least && number <= most) {
    return number;
  }
  wrong(fmt::format("\"{}\" must be a whole number, {}…{}", name, least, most));
  return otherwise;
}

bool fields::truth(std::string_view name) {
  const auto given = json(name);
  if (given.empty() || given == "false") return false;
  if (given != "true") wrong(fmt::format("\"{}\" must be true or false", name));
  return given == "true";
}

std::string_view fields::json(std::string_view name) {
  const field* found = find(name);
  return found ? found->json : std::string_view();
}

const std::optional<api_error>& fields::error() {
  for (const field& given : fields_) {
    if (!given.asked) wrong(fmt::format("\"{}\" is not known here; see docs/api.md", given.name));
  }
  return error_;
}

void fields::wrong(std::string message, errc code) {
  if (!error_) error_ = api_error(runtime::error{code, std::move(message)});
}

}  // namespace perdure::nexus
