#include "deploy/option.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::deploy {

std::string flag_of(std::string_view option_name) {
  std::string flag = "--" + std::string(option_name);
  std::ranges::replace(flag, '.', '-');
  std::ranges::replace(flag, '_', '-');
  return flag;
}

runtime::error not_allowed(std::string_view value, std::string_view why, std::string_view allowed) {
  constexpr std::size_t longest = 60;
  std::string shown(value.substr(0, longest));
  // Nothing that a terminal would obey.
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return {runtime::errc::invalid_argument,
          fmt::format("\"{}{}\" {}{}{}", shown, value.size() > longest ? "…" : "", why,
                      allowed.empty() ? "" : ": allowed is ", allowed)};
}

}  // namespace perdure::deploy
