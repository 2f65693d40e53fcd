#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "deploy/option_value.hpp"
#include "runtime/error.hpp"

namespace perdure::deploy {

/// Something that can be set: declared once, and from this one declaration come the flag and its
/// help, the key of the configuration file, and the documentation (STYLE 28). The default is what a
/// default-constructed `Options` holds.
template <class Options>
struct option {
  std::string_view name;         ///< "log.segment_bytes": section and key
  std::string kind;              ///< "size", "count", "text", …
  std::string allowed;           ///< "4 KiB to 1 GiB", empty: anything
  std::string_view consequence;  ///< what a larger or other value does

  /// Takes a value as written. Error invalid_argument: "… is not allowed: …", with what is.
  std::function<runtime::expected<void>(Options&, std::string_view)> set;
  std::function<std::string(const Options&)> get;

  std::string default_value() const { return get(Options{}); }
};

/// "--log-segment-bytes"
std::string flag_of(std::string_view option_name);

/// `"3" is not a size such as 64 MiB: allowed is 4 KiB to 1 GiB`
runtime::error not_allowed(std::string_view value, std::string_view why, std::string_view allowed);

/// A number of things, a size or a length of time between two bounds, both allowed. `access` gives
/// the member of an `Options&`: `[](auto& o) -> auto& { return o.log.segment_bytes; }`.
template <class Options, class Access, class Parse, class Print>
option<Options> bounded(std::string_view name, std::string kind, Access access, Parse parse,
                        Print print, auto least, auto most, std::string_view consequence) {
  auto allowed = fmt::format("{} to {}", print(least), print(most));
  return {.name = name,
          .kind = std::move(kind),
          .allowed = allowed,
          .consequence = consequence,
          .set = [access, parse, least, most, allowed](
                     Options& options, std::string_view text) -> runtime::expected<void> {
            const auto value = parse(text);
            if (!value) return std::unexpected(not_allowed(text, value.error().message, allowed));
            if (*value < least || *value > most) {
              return std::unexpected(not_allowed(text, "is out of bounds", allowed));
            }
            auto& member = access(options);
            member = static_cast<std::remove_reference_t<decltype(member)>>(*value);
            return {};
          },
          .get = [access, print](const Options& options) { return print(access(options)); }};
}

template <class Options, class Access>
option<Options> count(std::string_view name, Access access, std::uint64_t least, std::uint64_t most,
                      std::string_view consequence) {
  return bounded<Options>(name, "count", access, parse_count, print_count, least, most,
                          consequence);
}

template <class Options, class Access>
option<Options> size(std::string_view name, Access access, std::uint64_t least, std::uint64_t most,
                     std::string_view consequence) {
  return bounded<Options>(name, "size", access, parse_size, print_size, least, most, consequence);
}

template <class Options, class Access>
option<Options> time_span(std::string_view name, Access access, runtime::duration least,
                          runtime::duration most, std::string_view consequence) {
  return bounded<Options>(name, "time", access, parse_duration, print_duration, least, most,
                          consequence);
}

/// A length of time that its component keeps as a number of microseconds or milliseconds.
template <class Options, class Access>
option<Options> time_span_as_number(std::string_view name, std::int64_t us_per_one, Access access,
                                    std::uint64_t least, std::uint64_t most,
                                    std::string_view consequence) {
  auto parse = [us_per_one](std::string_view text) -> runtime::expected<std::uint64_t> {
    const auto value = parse_duration(text);
    if (!value) return std::unexpected(value.error());
    if (value->us % us_per_one != 0) {
      return runtime::fail(
          runtime::errc::invalid_argument,
          fmt::format("is not a multiple of {}", print_duration(runtime::duration{us_per_one})));
    }
    return static_cast<std::uint64_t>(value->us / us_per_one);
  };
  auto print = [us_per_one](std::uint64_t value) {
    return print_duration(runtime::duration{static_cast<std::int64_t>(value) * us_per_one});
  };
  return bounded<Options>(name, "time", access, parse, print, least, most, consequence);
}

/// Text that `check` accepts; it gives the reason if it does not ("is empty").
template <class Options, class Access>
option<Options> text(std::string_view name, Access access, std::string allowed,
                     std::function<std::string_view(std::string_view)> check,
                     std::string_view consequence) {
  return {.name = name,
          .kind = "text",
          .allowed = allowed,
          .consequence = consequence,
          .set = [access, check, allowed](Options& options,
                                          std::string_view value) -> runtime::expected<void> {
            if (const auto why = check(value); !why.empty()) {
              return std::unexpected(not_allowed(value, why, allowed));
            }
            access(options) = std::string(value);
            return {};
          },
          .get = [access](const Options& options) { return std::string(access(options)); }};
}

/// One of a few words, each for one value.
template <class Options, class Value, class Access>
option<Options> choice(std::string_view name, Access access,
                       std::vector<std::pair<std::string_view, Value>> words,
                       std::string_view consequence) {
  std::string allowed;
  for (const auto& [word, value] : words) {
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word);
  }
  return {.name = name,
          .kind = "word",
          .allowed = allowed,
          .consequence = consequence,
          .set = [access, words, allowed](Options& options,
                                          std::string_view text) -> runtime::expected<void> {
            const auto found = std::ranges::find(words, text, [](auto& w) { return w.first; });
            if (found == words.end()) {
              return std::unexpected(not_allowed(text, "is unknown", allowed));
            }
            access(options) = found->second;
            return {};
          },
          .get =
              [access, words](const Options& options) {
                const auto found =
                    std::ranges::find(words, access(options), [](auto& w) { return w.second; });
                return std::string(found == words.end() ? std::string_view{} : found->first);
              }};
}

/// Pairs of names and values, one a line, in a map in the file. `check` gives the reason if a pair
/// is not allowed; a value is never shown in an error.
template <class Options, class Access>
option<Options> properties(
    std::string_view name, Access access, std::string allowed,
    std::function<std::string_view(std::string_view, std::string_view)> check,
    std::string_view consequence) {
  return {
      .name = name,
      .kind = "properties",
      .allowed = std::move(allowed),
      .consequence = consequence,
      .set = [access, check](Options& options, std::string_view text) -> runtime::expected<void> {
        typename std::remove_cvref_t<decltype(access(options))> values;
        while (!text.empty()) {
          const auto end = std::min(text.find('\n'), text.size());
          const auto line = text.substr(0, end);
          const auto equals = std::min(line.find('='), line.size());
          const auto key = line.substr(0, equals);
          const auto value = line.substr(std::min(equals + 1, line.size()));
          const auto why =
              equals == line.size() ? "has no value: write name=value" : check(key, value);
          if (!why.empty()) return std::unexpected(not_allowed(key, why, {}));
          values.push_back({std::string(key), std::string(value)});
          text.remove_prefix(std::min(end + 1, text.size()));
        }
        access(options) = std::move(values);
        return {};
      },
      .get =
          [access](const Options& options) {
            std::string text;
            for (const auto& one : access(options))
              text += fmt::format("{}{}={}", text.empty() ? "" : "\n", one.name, one.value);
            return text;
          }};
}

/// A list of names, separated by commas where there is only a text to write it.
template <class Options, class Access>
option<Options> names(std::string_view name, Access access, std::string allowed,
                      std::function<std::string_view(std::string_view)> check,
                      std::string_view consequence) {
  return {.name = name,
          .kind = "names",
          .allowed = allowed,
          .consequence = consequence,
          .set = [access, check, allowed](Options& options,
                                          std::string_view text) -> runtime::expected<void> {
            std::vector<std::string> values;
            while (!text.empty()) {
              const auto end = std::min(text.find(','), text.size());
              const auto value = text.substr(0, end);
              if (const auto why = check(value); !why.empty()) {
                return std::unexpected(not_allowed(value, why, allowed));
              }
              values.emplace_back(value);
              text.remove_prefix(std::min(end + 1, text.size()));
            }
            access(options) = std::move(values);
            return {};
          },
          .get =
              [access](const Options& options) {
                return fmt::format("{}", fmt::join(access(options), ","));
              }};
}

}  // namespace perdure::deploy
