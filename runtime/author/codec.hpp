#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "runtime/payload.hpp"
#include "runtime/value_type.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace perdure {

using runtime::payload;

/// Bytes that are not what the code expects. Not a failure: it parks the run, so that a fixed build
/// can read what is there.
class codec_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a value of type T becomes bytes: `append(value, bytes)` and `decode(view)`, which throws
/// codec_error. `type()`, if there is one, says how a history shows it. The same value must always
/// give the same bytes: replay compares their hash. Given for protobuf messages, strings, numbers,
/// bool, enums, vector, optional and raw payloads here, for nlohmann::json in codec_json.hpp.
/// Authors may specialise it for types of their own.
template <class T>
struct codec;

template <class T>
concept durable_value = std::is_void_v<T> || requires { sizeof(codec<T>); };

/// What a T is, for those who show it; bytes if its codec does not say.
template <class T>
runtime::value_type type_of() {
  if constexpr (requires { codec<T>::type(); }) {
    return codec<T>::type();
  } else {
    return {};
  }
}

namespace detail {
void append_message(const google::protobuf::MessageLite& message, std::string& bytes);
void parse_message(std::string_view bytes, google::protobuf::MessageLite& message);
void append_length(std::size_t length, std::string& bytes);
/// Cuts the next length-prefixed part off the front of `bytes`.
std::string_view take_part(std::string_view& bytes);
[[noreturn]] void reject(std::string_view bytes, std::string_view wanted);
}  // namespace detail

/// Raw bytes as they are.
template <>
struct codec<std::string> {
  static void append(std::string_view value, std::string& bytes) { bytes += value; }
  static std::string decode(std::string_view bytes) { return std::string(bytes); }
  static runtime::value_type type() { return {.kind = runtime::value_type::form::text}; }
};

/// As text, so that a history can be read.
template <>
struct codec<bool> {
  static void append(bool value, std::string& bytes) { bytes += value ? "true" : "false"; }
  static bool decode(std::string_view bytes) {
    if (bytes != "true" && bytes != "false") {
      detail::reject(bytes, "true or false");
    }
    return bytes == "true";
  }
  static runtime::value_type type() { return {.kind = runtime::value_type::form::boolean}; }
};

/// Decimal text; the shortest that gives back the same floating-point number.
template <class T>
  requires(std::integral<T> || std::floating_point<T>)
struct codec<T> {
  static void append(T value, std::string& bytes) {
    char text[64];
    bytes.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
  static T decode(std::string_view bytes) {
    T value{};
    const auto* end = bytes.data() + bytes.size();
    const auto [stop, error] = std::from_chars(bytes.data(), end, value);
    if (error != std::errc{} || stop != end) {
      detail::reject(bytes, "a number");
    }
    return value;
  }
  static runtime::value_type type() { return {.kind = runtime::value_type::form::number}; }
};

template <class T>
  requires std::is_enum_v<T>
struct codec<T> {
  using number = std::underlying_type_t<T>;
  static void append(T value, std::string& bytes) {
    codec<number>::append(static_cast<number>(value), bytes);
  }
  static T decode(std::string_view bytes) { return static_cast<T>(codec<number>::decode(bytes)); }
  static runtime::value_type type() { return codec<number>::type(); }
};

/// Protobuf messages, serialised deterministically.
template <class T>
  requires std::derived_from<T, google::protobuf::MessageLite>
struct codec<T> {
  static void append(const T& value, std::string& bytes) { detail::append_message(value, bytes); }
  static T decode(std::string_view bytes) {
    T value;
    detail::parse_message(bytes, value);
    return value;
  }
  static runtime::value_type type() { return runtime::message_type(T().GetTypeName()); }
};

/// Elements one after the other, each with its length before it.
template <class T>
struct codec<std::vector<T>> {
  static void append(const std::vector<T>& values, std::string& bytes) {
    std::string part;
    for (const auto& value : values) {
      part.clear();
      codec<T>::append(value, part);
      detail::append_length(part.size(), bytes);
      bytes += part;
    }
  }
  static std::vector<T> decode(std::string_view bytes) {
    std::vector<T> values;
    while (!bytes.empty()) {
      values.push_back(codec<T>::decode(detail::take_part(bytes)));
    }
    return values;
  }
  static runtime::value_type type() {
    return {.kind = runtime::value_type::form::list, .parts = {type_of<T>()}};
  }
};

/// Nothing, or a '=' and the value.
template <class T>
struct codec<std::optional<T>> {
  static void append(const std::optional<T>& value, std::string& bytes) {
    if (value) {
      bytes += '=';
      codec<T>::append(*value, bytes);
    }
  }
  static std::optional<T> decode(std::string_view bytes) {
    if (bytes.empty()) {
      return std::nullopt;
    }
    if (bytes.front() != '=') {
      detail::reject(bytes, "an optional value");
    }
    return codec<T>::decode(bytes.substr(1));
  }
  static runtime::value_type type() {
    return {.kind = runtime::value_type::form::optional, .parts = {type_of<T>()}};
  }
};

template <>
struct codec<payload> {
  static void append(const payload& value, std::string& bytes) { bytes += value.view(); }
  static payload decode(std::string_view bytes) { return payload(std::string(bytes)); }
};

template <class T>
payload encode(const T& value) {
  if constexpr (std::same_as<T, payload>) {
    return value;
  } else {
    std::string bytes;
    codec<T>::append(value, bytes);
    return bytes.empty() ? payload() : payload(std::move(bytes));
  }
}

template <class T>
T decode(const payload& bytes) {
  if constexpr (std::is_void_v<T>) {
    return;
  } else if constexpr (std::same_as<T, payload>) {
    return bytes;
  } else {
    return codec<T>::decode(bytes.view());
  }
}

/// The parts of a vector's bytes, or of those of several arguments. Throws codec_error.
std::vector<std::string_view> split_parts(std::string_view bytes);

/// The arguments of a step: none are no bytes, one is encoded as itself, more are parts with their
/// lengths before them.
template <class... A>
payload encode_arguments(const A&... arguments) {
  if constexpr (sizeof...(A) == 0) {
    return {};
  } else if constexpr (sizeof...(A) == 1) {
    return encode(arguments...);
  } else {
    std::string bytes;
    std::string part;
    const auto append = [&]<class T>(const T& argument) {
      part.clear();
      codec<T>::append(argument, part);
      detail::append_length(part.size(), bytes);
      bytes += part;
    };
    (append(arguments), ...);
    return payload(std::move(bytes));
  }
}

/// What `encode_arguments` gives is, for those who show it.
template <class... A>
runtime::value_type type_of_arguments() {
  if constexpr (sizeof...(A) == 0) {
    return {};
  } else if constexpr (sizeof...(A) == 1) {
    return type_of<A...>();
  } else {
    return {.kind = runtime::value_type::form::tuple, .parts = {type_of<A>()...}};
  }
}

template <class... A>
std::tuple<A...> decode_arguments(const payload& bytes) {
  if constexpr (sizeof...(A) == 0) {
    return {};
  } else if constexpr (sizeof...(A) == 1) {
    return std::tuple<A...>(decode<A>(bytes)...);
  } else {
    auto rest = bytes.view();
    // Braces: the parts are taken from left to right.
    std::tuple<A...> arguments{codec<A>::decode(detail::take_part(rest))...};
    if (!rest.empty()) {
      detail::reject(rest, "the end of the arguments");
    }
    return arguments;
  }
}

}  // namespace perdure
