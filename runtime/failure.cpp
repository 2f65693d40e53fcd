#include "runtime/failure.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "perdure/record/v1/failure.pb.h"
#include "runtime/invariant.hpp"

namespace perdure::runtime {
namespace {

using record::v1::Failure;

static_assert(static_cast<int>(Failure::FAILED) == static_cast<int>(outcome::failed));
static_assert(static_cast<int>(Failure::TOO_LARGE) == static_cast<int>(outcome::too_large));

/// Length of the UTF-8 character at the front of `text`, 0 if there is none (RFC 3629).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto tail = [&](std::size_t at) { return at < text.size() && (byte(at) & 0xC0) == 0x80; };
  const auto first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return tail(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF && tail(1) && tail(2)) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) >= 0x90;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

/// protobuf refuses to read back a string that is not UTF-8.
std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(std::min(text.size(), longest_failure_text));
  while (!text.empty()) {
    const auto length = character_length(text);
    if (clean.size() + std::max<std::size_t>(length, 1) > longest_failure_text) {
      break;
    }
    if (length == 0) {
      clean += '?';
      text.remove_prefix(1);
    } else {
      clean += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return clean;
}

/// `left`: how many failures the whole chain may still hold.
void write(const failure_info& info, std::size_t depth, std::size_t& left, Failure& to) {
  INVARIANT(info.kind != outcome::ok, "a failure cannot be ok");
  to.set_kind(static_cast<Failure::Kind>(info.kind));
  to.set_type(printable(info.type));
  to.set_message(printable(info.message));
  to.set_origin(printable(info.origin));
  if (depth == deepest_failure_chain) {
    return;
  }
  const auto count = std::min(info.causes.size(), widest_failure_causes);
  for (std::size_t i = 0; i < count && left > 0; ++i) {
    --left;
    write(info.causes[i], depth + 1, left, *to.add_causes());
  }
}

bool read(const Failure& from, failure_info& info) {
  if (from.kind() < Failure::FAILED || from.kind() > Failure::TOO_LARGE) {
    return false;
  }
  info.kind = static_cast<outcome>(from.kind());
  info.type = from.type();
  info.message = from.message();
  info.origin = from.origin();
  info.causes.resize(static_cast<std::size_t>(from.causes_size()));
  for (int i = 0; i < from.causes_size(); ++i) {
    if (!read(from.causes(i), info.causes[static_cast<std::size_t>(i)])) {
      return false;
    }
  }
  return true;
}

}  // namespace

payload encode_failure(const failure_info& info) {
  Failure message;
  auto left = most_failures_in_chain;
  write(info, 1, left, message);
  return payload(message.SerializeAsString());
}

expected<failure_info> decode_failure(std::string_view bytes) {
  Failure message;
  failure_info info;
  if (bytes.size() > std::size_t{16} << 20 ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !read(message, info)) {
    return fail(errc::invalid_argument,
                fmt::format("these {} bytes are not an encoded failure", bytes.size()));
  }
  return info;
}

failure_info plain_failure(outcome kind, std::string message, std::string origin) {
  return {kind, std::string(name(kind)), std::move(message), std::move(origin), {}};
}

std::string to_text(const failure_info& info) {
  auto text = info.message.empty() ? info.type : fmt::format("{}: {}", info.type, info.message);
  if (!info.origin.empty()) {
    text += fmt::format(" ({})", info.origin);
  }
  return text;
}

}  // namespace perdure::runtime
