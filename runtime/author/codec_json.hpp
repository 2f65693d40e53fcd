#pragma once

#include <nlohmann/json.hpp>

#include "runtime/author/codec.hpp"

namespace perdure {

/// JSON text with its keys in order. In a header of its own because nlohmann/json.hpp is slow to
/// compile.
template <>
struct codec<nlohmann::json> {
  static void append(const nlohmann::json& value, std::string& bytes) { bytes += value.dump(); }
  static nlohmann::json decode(std::string_view bytes) {
    auto value = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) {
      detail::reject(bytes, "JSON");
    }
    return value;
  }
  static runtime::value_type type() { return {.kind = runtime::value_type::form::json}; }
};

}  // namespace perdure
