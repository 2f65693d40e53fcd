#include "nexus/door/door_signature.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "runtime/invariant.hpp"

namespace perdure::nexus {
namespace {

struct mac_deleter {
  void operator()(EVP_MAC* algorithm) const { EVP_MAC_free(algorithm); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

door_mac hmac_sha256(std::string_view key, std::span<const std::string_view> parts) {
  const std::unique_ptr<EVP_MAC, mac_deleter> algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  const std::unique_ptr<EVP_MAC_CTX, mac_deleter> context(EVP_MAC_CTX_new(algorithm.get()));
  std::string hash("SHA256");
  const std::array parameters{OSSL_PARAM_construct_utf8_string("digest", hash.data(), 0),
                              OSSL_PARAM_construct_end()};
  bool done = EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()),
                           key.size(), parameters.data()) == 1;
  for (const auto part : parts) {
    done =
        done && EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()),
                               part.size()) == 1;
  }
  door_mac mac{};
  std::size_t length = 0;
  done = done && EVP_MAC_final(context.get(), mac.data(), &length, mac.size()) == 1;
  INVARIANT(done && length == mac.size(), "HMAC-SHA256 of {} parts", parts.size());
  return mac;
}

door_key make_door_key(std::string secret) {
  const std::string_view words[] = {"perdure-door-1\nkey id\n"};
  const auto mac = hmac_sha256(secret, words);
  return {hex(std::span(mac).first(8)), std::move(secret)};
}

std::string sign(const door_key& key, const door_request& request) {
  const auto words = fmt::format("perdure-door-1\nrequest\n{}\n{}\n{}\n{}\n{}\n", request.method,
                                 request.target, request.from, key.id, request.body.size());
  const std::string_view parts[] = {words, request.body};
  return hex(hmac_sha256(key.secret, parts));
}

std::string sign_answer(const door_key& key, std::string_view request_signature, unsigned status,
                        std::string_view body) {
  const auto words =
      fmt::format("perdure-door-1\nanswer\n{}\n{}\n{}\n", request_signature, status, body.size());
  const std::string_view parts[] = {words, body};
  return hex(hmac_sha256(key.secret, parts));
}

bool is_same_signature(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace perdure::nexus
