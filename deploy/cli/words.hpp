#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace perdure::deploy {

using json = nlohmann::ordered_json;

/// How long something took, for people: "73 ms", "1.2 s", "3 min 4 s", "2 d 3 h".
std::string duration_in_words(std::int64_t us);

/// "2026-01-02T03:04:05.000006Z" as "2026-01-02 03:04:05"; another text as it is.
std::string time_in_words(std::string_view rfc3339);

/// A value of the API on one line: compact JSON, a text without quotes, "12 bytes" for what is
/// neither.
std::string value_in_words(const json& value);

/// The same in full, over several lines if that reads better.
std::string whole_value(const json& value);

/// The beginning of a build that is a hash, another build as it is.
std::string build_in_words(std::string_view build);

/// A member of an object as text; empty if it is not there or no text.
std::string text_of(const json& object, const char* member);
std::int64_t number_of(const json& object, const char* member);

/// A failure of the API and its causes: one line each, the nearest first.
std::string failure_in_words(const json& failure);

}  // namespace perdure::deploy
