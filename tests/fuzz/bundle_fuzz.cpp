// Any bytes are decoded as a bundle: as they are, and with a checksum that fits, so that what lies
// behind the checksum is met, too. What decodes as this format is exactly what the encoder writes.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/invariant.hpp"
#include "tests/unit/transport/signed_bundle.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/read_bundle.hpp"

namespace perdure::transport {
namespace {

/// What a node makes of the bytes: the same records at rising offsets, or an error with the fault's
/// name.
void compare_with_node(std::string_view bytes,
                       const std::expected<decoded_bundle, bundle_fault>& bundle) {
  const auto read = read_bundle_of({"t", "", 0, runtime::partition_index(1)}, 7, bytes);
  INVARIANT(read.has_value() == bundle.has_value(), "the node takes it otherwise");
  if (!read) {
    INVARIANT(read.error().message.contains(name(bundle.error())), "another fault: {}",
              read.error().message);
    return;
  }
  INVARIANT(read->checksum == bundle->checksum && read->records.size() == bundle->records.size(),
            "another bundle");
  for (std::size_t i = 0; i < read->records.size(); ++i) {
    const auto& record = read->records[i];
    INVARIANT(record.bytes.view() == bundle->records[i], "other bytes at {}", i);
    INVARIANT(place_of(record.at) == (bundle_place{7, static_cast<std::uint32_t>(i)}), "at {}",
              record.at.value);
  }
}

void look_at(std::string_view bytes) {
  const auto bundle = decode_bundle(bytes);
  compare_with_node(bytes, bundle);
  if (!bundle) {
    INVARIANT(!name(bundle.error()).empty(), "a fault without a name");
    return;
  }
  std::size_t sum = 0;
  for (const auto record : bundle->records) sum += record.size();
  INVARIANT(bundle_size(bundle->records.size(), sum) <= bytes.size(), "records of nowhere");
  const bool this_format = load<std::uint16_t>(bytes.data() + 4) == bundle_format &&
                           load<std::uint16_t>(bytes.data() + 6) == bundle_format;
  INVARIANT(!this_format || encode_bundle(bundle->identity, bundle->records) == bytes,
            "{} bytes have two forms", bytes.size());
}

}  // namespace
}  // namespace perdure::transport

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perdure::transport;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  look_at(bytes);
  if (size >= bundle_header_bytes) {
    sign_bundle(bytes);
    look_at(bytes);
  }
  return 0;
}
