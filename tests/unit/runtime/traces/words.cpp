#include "tests/unit/runtime/traces/words.hpp"

#include <charconv>

#include <fmt/format.h>

namespace perdure::runtime::traces {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (auto end = text.find(at); end != std::string_view::npos; end = text.find(at, begin)) {
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

std::uint64_t to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size())
    throw bad_trace(fmt::format("'{}' is no number", text));
  return number;
}

std::int64_t to_us(std::string_view text) {
  for (const auto& [unit, factor] : {std::pair{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}}) {
    if (text.ends_with(unit))
      return static_cast<std::int64_t>(to_number(text.substr(0, text.rfind(unit)))) * factor;
  }
  throw bad_trace(fmt::format("'{}' is no time: 5s, 250ms or 7us", text));
}

run_key to_run(std::string_view text) {
  const auto parts = split(text, '.');
  return {offset(to_number(parts[0])),
          thing_number(parts.size() < 2 ? 0 : static_cast<std::uint32_t>(to_number(parts[1])))};
}

words::words(std::string_view line) : line_(line) {
  for (const auto& text : split(line, ' ')) {
    if (text.empty()) continue;
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      words_.push_back({text, {}});
    else
      words_.push_back({text.substr(0, equals), text.substr(equals + 1), true});
  }
}

std::string words::at(std::size_t index) const {
  for (const auto& word : words_) {
    if (!word.is_pair && index-- == 0) return word.name;
  }
  return {};
}

std::vector<std::string> words::values(std::string_view name) {
  std::vector<std::string> found;
  for (auto& word : words_) {
    if (!word.is_pair || word.name != name) continue;
    word.used = true;
    found.push_back(word.value);
  }
  return found;
}

std::optional<std::string> words::value(std::string_view name) {
  auto found = values(name);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::string words::value(std::string_view name, std::string otherwise) {
  return value(name).value_or(std::move(otherwise));
}

std::uint64_t words::number(std::string_view name, std::uint64_t otherwise) {
  const auto found = value(name);
  return found ? to_number(*found) : otherwise;
}

bool words::has(std::string_view text) {
  for (auto& word : words_) {
    if (word.is_pair || word.name != text) continue;
    word.used = true;
    return true;
  }
  return false;
}

void words::finish(std::size_t positions) const {
  for (const auto& word : words_) {
    if (word.used || (!word.is_pair && positions-- > 0)) continue;
    throw bad_trace(fmt::format("'{}' is not understood in '{}'", word.name, line_));
  }
}

}  // namespace perdure::runtime::traces
