#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace perdure::nexus {

/// HMAC-SHA256 (RFC 2104) of the parts, one behind the other.
using door_mac = std::array<std::uint8_t, 32>;
door_mac hmac_sha256(std::string_view key, std::span<const std::string_view> parts);

/// A key that two namespaces share. `id` names it without telling it.
struct door_key {
  std::string id;
  std::string secret;
};
door_key make_door_key(std::string secret);

// Headers of a delivery; the answer has the last, too.
inline constexpr std::string_view door_from_header = "Perdure-Door-From";
inline constexpr std::string_view door_key_header = "Perdure-Door-Key";
inline constexpr std::string_view door_signature_header = "Perdure-Door-Signature";

/// What a delivery is signed over, besides the key's id (docs/formats/door.md).
struct door_request {
  std::string_view method;
  std::string_view target;  ///< path, as sent
  std::string_view from;    ///< the sender's namespace
  std::string_view body;
};
/// 64 hexadecimal digits.
std::string sign(const door_key& key, const door_request& request);
/// The answer to the request of that signature: nobody else can say that something is durable.
std::string sign_answer(const door_key& key, std::string_view request_signature, unsigned status,
                        std::string_view body);

/// Compares in a time that tells nothing of where they differ.
bool is_same_signature(std::string_view one, std::string_view other);

}  // namespace perdure::nexus
