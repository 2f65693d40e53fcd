#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/kafka/bundle_place.hpp"

namespace perdure::transport {

// What one record of Kafka's holds as its value: the records that waited for one partition.
// docs/formats/bundle.md has the grammar and a worked example.
//
//   bundle := header(28) length:u32* record*
//   header := checksum:u32 format:u16 oldest_reader:u16 writer:u64 number:u64 count:u32

inline constexpr std::size_t bundle_header_bytes = 28;
inline constexpr std::size_t bundle_entry_bytes = 4;
inline constexpr std::uint16_t bundle_format = 1;

/// Who wrote a bundle: no two bundles that were ever written are alike, however alike their records
/// are.
struct bundle_identity {
  std::uint64_t writer = 0;  ///< drawn by each log that is opened
  std::uint64_t number = 0;  ///< of that writer's bundles
  bool operator==(const bundle_identity&) const = default;
};

/// Why bytes are not a bundle that can be read.
enum class bundle_fault {
  too_short,       ///< shorter than a header
  checksum_wrong,  ///< damaged, or not written by a node
  newer,           ///< only newer versions of this program can read it
  table_wrong,     ///< the checksum is right, the lengths are such as no writer writes
};
std::string_view name(bundle_fault fault);

/// A bundle taken apart; the views lie in the bytes that were decoded.
struct decoded_bundle {
  bundle_identity identity;
  std::uint32_t checksum = 0;  ///< of this bundle; two with the same are the same
  std::vector<std::string_view> records;
};

/// Size of a bundle of `count` records that have `record_bytes` bytes together.
constexpr std::size_t bundle_size(std::size_t count, std::size_t record_bytes) {
  return bundle_header_bytes + bundle_entry_bytes * count + record_bytes;
}

/// Of a bundle that was encoded here.
std::uint32_t checksum_of_bundle(std::string_view bundle);

/// Any bytes will do.
std::expected<decoded_bundle, bundle_fault> decode_bundle(std::string_view bytes);

/// REQUIRES: 1 to bundle_records records, each and all of them below 4 GiB.
std::string encode_bundle(const bundle_identity& identity,
                          std::span<const std::string_view> records);

}  // namespace perdure::transport
