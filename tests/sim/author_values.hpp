#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/decoded_record.hpp"

namespace perdure::sim {

// Values of each kind that workflows, steps and calls may have, made of a number, and what steps
// make of them: the same functions on one machine are the model.

using words = std::vector<std::string>;
using retry = runtime::wire::Retry;  // some message
enum class mood : std::int8_t { calm = 1, cross = -7 };

inline words words_of(std::int64_t number) {
  words all;
  for (std::int64_t i = 0; i < number % 4; ++i) all.push_back(std::to_string(number + i));
  return all;
}
inline std::optional<std::int64_t> maybe_of(std::int64_t number) {
  return number % 3 == 0 ? std::optional<std::int64_t>() : -number;
}
inline mood mood_of(std::int64_t number) { return number % 5 < 3 ? mood::calm : mood::cross; }
inline nlohmann::json object_of(std::int64_t number) {
  return {{"number", number}, {"half", static_cast<double>(number) / 2}, {"list", {1, "two", {}}}};
}
inline retry retry_of(std::int64_t number) {
  retry made;
  made.set_initial_us(static_cast<std::uint64_t>(number));
  made.set_factor_permille(2'000);
  return made;
}

inline nlohmann::json gathered(nlohmann::json into, const words& all,
                               std::optional<std::int64_t> maybe) {
  into["words"] = all;
  into["maybe"] = maybe ? nlohmann::json(*maybe) : nlohmann::json();
  return into;
}
inline retry slowed(retry what, double times) {
  what.set_initial_us(static_cast<std::uint64_t>(static_cast<double>(what.initial_us()) * times));
  return what;
}
inline bool is_content(bool before, mood now) { return before && now == mood::calm; }

inline std::string told(const nlohmann::json& all, const retry& slow, bool content) {
  return all.dump() + slow.ShortDebugString() + (content ? "content" : "");
}

}  // namespace perdure::sim
