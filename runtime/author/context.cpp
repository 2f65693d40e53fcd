#include "runtime/author/context.hpp"

namespace perdure {

std::string context::uuid() {
  const auto high = (random() & ~0xF000ULL) | 0x4000ULL;         // version 4
  const auto low = (random() & ~(3ULL << 62U)) | (2ULL << 62U);  // RFC 9562 variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                     high & 0xFFFFU, low >> 48U, low & 0xFFFF'FFFF'FFFFU);
}

void cancel_scope::cancel(std::string_view reason) {
  core_.cancel(*scope_, failure(runtime::plain_failure(
                            outcome::cancelled,
                            reason.empty() ? std::string("its scope was cancelled")
                                           : fmt::format("its scope was cancelled: {}", reason))));
}

}  // namespace perdure

namespace perdure::detail {

void throw_undecodable(const future& from, const codec_error& why) {
  throw codec_error(
      fmt::format("the result of {} cannot be read: {}", from.describe(), why.what()));
}

}  // namespace perdure::detail
