// Any bytes are decoded as a batch: as they are, and with checksums that fit, so that what lies
// behind the checksums is met, too. What decodes is exactly what the encoder would have written.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/invariant.hpp"
#include "tests/unit/transport/signed_batch.hpp"
#include "transport/batch_format.hpp"

namespace perdure::transport {
namespace {

constexpr batch_place place{
    .incarnation = runtime::incarnation(0x1122334455667788), .ordinal = 3, .position = 512};

std::string encode_again(const batch_view& batch) {
  std::vector<runtime::append_request> requests(1);
  std::size_t bytes = 0;
  batch.for_each([&](const batch_view::record& record) {
    requests[0].entries.push_back({.partition = record.partition,
                                   .begin = static_cast<std::uint32_t>(bytes),
                                   .length = static_cast<std::uint32_t>(record.bytes.size())});
    requests[0].bytes += record.bytes;
    bytes += record.bytes.size();
  });
  std::string again(batch_bytes(batch.count(), bytes), '?');
  encode_batch(again, place, batch.first_sequence(), batch.synced_through(), requests);
  return again;
}

void look_at(std::string_view bytes) {
  bool header = begins_with_batch_header(bytes, place);
  auto batch = decode_batch(bytes, place);
  if (!batch) {
    INVARIANT(!name(batch.error()).empty(), "a fault without a name");
    return;
  }
  INVARIANT(header, "a batch without a header");
  INVARIANT(encode_again(*batch) == batch->bytes(), "{} bytes have two forms",
            batch->bytes().size());
}

}  // namespace
}  // namespace perdure::transport

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perdure::transport;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  look_at(bytes);
  if (size >= batch_header_bytes) {
    sign_batch(bytes, place);
    look_at(bytes);
  }
  return 0;
}
