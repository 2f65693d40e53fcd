#include "deploy/cli/words.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::deploy {

std::string duration_in_words(std::int64_t us) {
  constexpr std::int64_t ms = 1'000;
  constexpr std::int64_t second = 1'000 * ms;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (us < ms) return fmt::format("{} us", us);
  if (us < second) return fmt::format("{} ms", us / ms);
  if (us < minute) return fmt::format("{}.{} s", us / second, us % second / (second / 10));
  if (us < hour) return fmt::format("{} min {} s", us / minute, us % minute / second);
  if (us < day) return fmt::format("{} h {} min", us / hour, us % hour / minute);
  return fmt::format("{} d {} h", us / day, us % day / hour);
}

std::string time_in_words(std::string_view rfc3339) {
  constexpr std::size_t to_the_second = 19;
  std::string result(rfc3339);
  if (result.size() < to_the_second || result[10] != 'T') return result;
  result.resize(to_the_second);
  result[10] = ' ';
  return result;
}

std::string value_in_words(const json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.size() == 1 && value.contains("base64") &&
      value["base64"].is_string()) {
    const auto text = value["base64"].get<std::string>();
    const auto padding = std::ranges::count(text, '=');
    return fmt::format("{} bytes", text.size() / 4 * 3 - static_cast<std::size_t>(padding));
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string whole_value(const json& value) {
  if (value.is_object() || value.is_array()) {
    return value.dump(2, ' ', false, json::error_handler_t::replace);
  }
  return value_in_words(value);
}

std::string build_in_words(std::string_view build) {
  constexpr std::size_t told = 12;
  const bool hash = build.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return std::string(hash ? build.substr(0, told) : build);
}

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

std::string failure_in_words(const json& failure) {
  auto result = text_of(failure, "type");
  const auto kind = text_of(failure, "kind");
  if (result.empty()) result = kind;
  if (const auto message = text_of(failure, "message"); !message.empty()) result += ": " + message;
  if (const auto origin = text_of(failure, "origin"); !origin.empty()) {
    result += " (" + origin + ")";
  }
  if (const auto causes = failure.find("causes"); causes != failure.end() && causes->is_array()) {
    for (const auto& cause : *causes) result += "\n  because of " + failure_in_words(cause);
  }
  return result;
}

}  // namespace perdure::deploy
