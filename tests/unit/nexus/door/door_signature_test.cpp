#include "nexus/door/door_signature.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace perdure::nexus {
namespace {

std::string hex_mac(std::string_view key, std::vector<std::string_view> parts) {
  std::string text;
  for (const auto byte : hmac_sha256(key, parts)) text += fmt::format("{:02x}", byte);
  return text;
}

TEST(door_signature, gives_the_vectors_of_rfc_4231) {
  EXPECT_EQ(hex_mac(std::string(20, '\x0b'), {"Hi There"}),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_mac("Jefe", {"what do ya want ", "", "for nothing?"}),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex_mac(std::string(131, '\xaa'), {"Test Using Larger Than Block-Size Key - Hash Key First"}),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

const door_key key = make_door_key("0123456789abcdef0123456789abcdef");
const door_request request{"POST", "/v1/doors/beta", "alpha", "body"};

/// The example of docs/formats/door.md, which another program has computed.
TEST(door_signature, is_that_of_the_format) {
  EXPECT_EQ(key.id, "535a41e2679ba3c6");
  const auto signature = sign(key, request);
  EXPECT_EQ(signature, "d12c0f6b7b7aeeba7653519002d09c6d94f009775b67c9842a3bd7c266d32aab");
  EXPECT_EQ(sign_answer(key, signature, 200, "body"),
            "997ab10c9e93e8abf77e2e3b60b26d3e7fc7c2e707e363c2744c2f7a2b23877a");
}

TEST(door_signature, whatever_is_said_has_its_part_in_it) {
  const auto signature = sign(key, request);
  const auto differs = [&](auto change) {
    auto other = request;
    change(other);
    return !is_same_signature(sign(key, other), signature);
  };
  EXPECT_TRUE(differs([](auto& r) { r.method = "PUT"; }));
  EXPECT_TRUE(differs([](auto& r) { r.target = "/v1/doors/beta2"; }));
  EXPECT_TRUE(differs([](auto& r) { r.from = "gamma"; }));
  EXPECT_TRUE(differs([](auto& r) { r.body = "bodY"; }));
  EXPECT_NE(sign(make_door_key("0123456789abcdef0123456789abcdeF"), request), signature);
  EXPECT_NE(sign_answer(key, signature, 200, "x"), sign_answer(key, signature, 503, "x"));
  EXPECT_NE(sign_answer(key, signature, 200, "x"), sign_answer(key, signature, 200, "y"));
  EXPECT_NE(sign_answer(key, signature, 200, "x"), sign_answer(key, "another", 200, "x"));
}

TEST(door_signature, is_compared_whole) {
  EXPECT_TRUE(is_same_signature("abc", "abc"));
  EXPECT_FALSE(is_same_signature("abc", "abd"));
  EXPECT_FALSE(is_same_signature("abc", "abcd"));
  EXPECT_FALSE(is_same_signature("", "a"));
}

}  // namespace
}  // namespace perdure::nexus
