#include "transport/batch_format.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/crc32c.hpp"
#include "runtime/invariant.hpp"
#include "runtime/simulation.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

// On disk: never change.
constexpr std::size_t body_checksum_at = 0;
constexpr std::size_t length_at = 4;
constexpr std::size_t first_sequence_at = 8;
constexpr std::size_t synced_through_at = 16;
constexpr std::size_t count_at = 24;
constexpr std::size_t header_checksum_at = 28;
static_assert(header_checksum_at + sizeof(std::uint32_t) == batch_header_bytes);
static_assert(batch_header_bytes % batch_alignment == 0);
static_assert(batch_entry_bytes % batch_alignment == 0);

std::uint32_t seed_of(const batch_place& place) {
  if (MUTANT("checksum-without-place")) return 0;
  std::array<char, 24> bytes{};
  store(bytes.data(), place.incarnation.value);
  store(bytes.data() + 8, place.ordinal);
  store(bytes.data() + 16, place.position);
  return runtime::crc32c({bytes.data(), bytes.size()});
}

std::uint32_t header_checksum(std::string_view batch, std::uint32_t seed) {
  return runtime::crc32c(batch.substr(0, header_checksum_at), seed);
}

std::uint32_t body_checksum(std::string_view batch, std::uint32_t seed) {
  return runtime::crc32c(batch.substr(batch_header_bytes), seed);
}

bool is_blank(std::string_view header) {
  return std::ranges::all_of(header.substr(0, batch_header_bytes),
                             [](char byte) { return byte == 0; });
}

/// The batch's length, from a header whose checksum is right.
std::expected<std::uint32_t, batch_fault> decode_header(std::string_view bytes,
                                                        std::uint32_t seed) {
  if (bytes.size() < batch_header_bytes) return std::unexpected(batch_fault::too_short);
  if (load<std::uint32_t>(bytes.data() + header_checksum_at) != header_checksum(bytes, seed)) {
    return std::unexpected(is_blank(bytes) ? batch_fault::blank : batch_fault::header_wrong);
  }
  auto length = load<std::uint32_t>(bytes.data() + length_at);
  auto first = load<std::uint64_t>(bytes.data() + first_sequence_at);
  auto synced = load<std::uint64_t>(bytes.data() + synced_through_at);
  std::uint64_t count = load<std::uint32_t>(bytes.data() + count_at);
  bool valid = count > 0 && length % batch_alignment == 0 && synced < first &&
               first <= std::numeric_limits<std::uint64_t>::max() - count &&
               length >= batch_header_bytes + batch_entry_bytes * count;
  if (!valid) return std::unexpected(batch_fault::header_invalid);
  return length;
}

}  // namespace

std::string_view name(batch_fault fault) {
  switch (fault) {
    case batch_fault::blank:
      return "there are only zeros";
    case batch_fault::header_wrong:
      return "the checksum of the batch header is wrong";
    case batch_fault::header_invalid:
      return "the batch header is invalid";
    case batch_fault::too_short:
      return "the batch would go beyond the file";
    case batch_fault::body_wrong:
      return "the checksum of the batch is wrong";
    case batch_fault::table_wrong:
      return "the batch's record lengths do not fill it";
  }
  INVARIANT(false, "batch fault {} has no name", static_cast<int>(fault));
}

std::uint64_t batch_view::first_sequence() const {
  return load<std::uint64_t>(bytes_.data() + first_sequence_at);
}
std::uint64_t batch_view::synced_through() const {
  return load<std::uint64_t>(bytes_.data() + synced_through_at);
}
std::uint32_t batch_view::count() const { return load<std::uint32_t>(bytes_.data() + count_at); }

batch_view::record batch_view::entry(std::uint32_t index) const {
  const char* at = bytes_.data() + batch_header_bytes + batch_entry_bytes * index;
  return {.partition = runtime::partition_index(load<std::uint32_t>(at)),
          .at = runtime::offset(first_sequence() + index),
          .bytes = bytes_.substr(0, load<std::uint32_t>(at + 4))};
}

std::expected<batch_view, batch_fault> decode_batch(std::string_view bytes,
                                                    const batch_place& place) {
  std::uint32_t seed = seed_of(place);
  auto length = decode_header(bytes, seed);
  if (!length) return std::unexpected(length.error());
  if (*length > bytes.size()) return std::unexpected(batch_fault::too_short);
  std::string_view whole = bytes.substr(0, *length);
  if (load<std::uint32_t>(whole.data() + body_checksum_at) != body_checksum(whole, seed) &&
      !MUTANT("checksum-of-the-header-only")) {
    return std::unexpected(batch_fault::body_wrong);
  }
  auto count = load<std::uint32_t>(whole.data() + count_at);
  std::uint64_t records = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    records += load<std::uint32_t>(whole.data() + batch_header_bytes + batch_entry_bytes * i + 4);
  }
  if (batch_bytes(count, records) != *length) return std::unexpected(batch_fault::table_wrong);
  std::string_view padding =
      whole.substr(batch_header_bytes + batch_entry_bytes * std::uint64_t{count} + records);
  if (std::ranges::any_of(padding, [](char byte) { return byte != 0; })) {
    return std::unexpected(batch_fault::table_wrong);
  }
  return batch_view(whole);
}

bool begins_with_batch_header(std::string_view bytes, const batch_place& place) {
  return decode_header(bytes, seed_of(place)).has_value();
}

std::size_t record_bytes(const runtime::append_request& request) {
  std::size_t sum = 0;
  for (const auto& entry : request.entries) sum += entry.length;
  return sum;
}

void encode_batch(std::span<char> into, const batch_place& place, std::uint64_t first_sequence,
                  std::uint64_t synced_through, std::span<const runtime::append_request> requests) {
  std::uint32_t count = 0;
  for (const auto& request : requests) count += static_cast<std::uint32_t>(request.entries.size());
  char* entry_at = into.data() + batch_header_bytes;
  char* record_at = entry_at + batch_entry_bytes * count;
  for (const auto& request : requests) {
    for (const auto& entry : request.entries) {
      store(entry_at, entry.partition.value);
      store(entry_at + 4, entry.length);
      entry_at += batch_entry_bytes;
      record_at = std::copy_n(request.bytes.data() + entry.begin, entry.length, record_at);
    }
  }
  char* end = into.data() + into.size();
  INVARIANT(end >= record_at && end - record_at < std::ptrdiff_t{batch_alignment},
            "a batch of {} bytes was sized wrongly", into.size());
  std::fill(record_at, end, '\0');
  store(into.data() + length_at, static_cast<std::uint32_t>(into.size()));
  store(into.data() + first_sequence_at, first_sequence);
  store(into.data() + synced_through_at, synced_through);
  store(into.data() + count_at, count);
  std::string_view batch(into.data(), into.size());
  std::uint32_t seed = seed_of(place);
  store(into.data() + body_checksum_at, body_checksum(batch, seed));
  store(into.data() + header_checksum_at, header_checksum(batch, seed));
}

}  // namespace perdure::transport
