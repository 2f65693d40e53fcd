#include "nexus/api/base64.hpp"

#include <boost/beast/core/detail/base64.hpp>

namespace perdure::nexus {

namespace base64 = boost::beast::detail::base64;

std::string base64_encode(std::string_view bytes) {
  std::string text(base64::encoded_size(bytes.size()), '\0');
  text.resize(base64::encode(text.data(), bytes.data(), bytes.size()));
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes(base64::decoded_size(text.size()), '\0');
  bytes.resize(base64::decode(bytes.data(), text.data(), text.size()).first);
  // The decoder stops at what it does not know, and is lenient about the end.
  if (base64_encode(bytes) != text) return {};
  return bytes;
}

}  // namespace perdure::nexus
