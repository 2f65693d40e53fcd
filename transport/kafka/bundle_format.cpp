#include "transport/kafka/bundle_format.hpp"

#include <algorithm>

#include "runtime/crc32c.hpp"
#include "runtime/invariant.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

// On disk: never change.
constexpr std::size_t checksum_at = 0;
constexpr std::size_t format_at = 4;
constexpr std::size_t oldest_reader_at = 6;
constexpr std::size_t writer_at = 8;
constexpr std::size_t number_at = 16;
constexpr std::size_t count_at = 24;
static_assert(count_at + sizeof(std::uint32_t) == bundle_header_bytes);

std::uint32_t checksum_of(std::string_view bundle) {
  return runtime::crc32c(bundle.substr(format_at));
}

}  // namespace

std::string_view name(bundle_fault fault) {
  switch (fault) {
    case bundle_fault::too_short:
      return "it is shorter than a bundle's header";
    case bundle_fault::checksum_wrong:
      return "its checksum is wrong: it is damaged, or no node wrote it";
    case bundle_fault::newer:
      return "only a newer version can read it";
    case bundle_fault::table_wrong:
      return "its record lengths do not fill it";
  }
  INVARIANT(false, "bundle fault {} has no name", static_cast<int>(fault));
}

std::uint32_t checksum_of_bundle(std::string_view bundle) {
  return load<std::uint32_t>(bundle.data() + checksum_at);
}

std::expected<decoded_bundle, bundle_fault> decode_bundle(std::string_view bytes) {
  if (bytes.size() < bundle_header_bytes) return std::unexpected(bundle_fault::too_short);
  decoded_bundle found;
  found.checksum = load<std::uint32_t>(bytes.data() + checksum_at);
  if (found.checksum != checksum_of(bytes)) return std::unexpected(bundle_fault::checksum_wrong);
  const auto format = load<std::uint16_t>(bytes.data() + format_at);
  if (load<std::uint16_t>(bytes.data() + oldest_reader_at) > bundle_format) {
    return std::unexpected(bundle_fault::newer);
  }
  found.identity = {load<std::uint64_t>(bytes.data() + writer_at),
                    load<std::uint64_t>(bytes.data() + number_at)};
  const auto count = load<std::uint32_t>(bytes.data() + count_at);
  const auto table_end = bundle_header_bytes + bundle_entry_bytes * std::uint64_t{count};
  if (count == 0 || count > bundle_records || table_end > bytes.size()) {
    return std::unexpected(bundle_fault::table_wrong);
  }
  found.records.reserve(count);
  std::string_view rest = bytes.substr(table_end);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto length = load<std::uint32_t>(bytes.data() + bundle_header_bytes +
                                            bundle_entry_bytes * std::size_t{i});
    if (length > rest.size()) return std::unexpected(bundle_fault::table_wrong);
    found.records.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  // A later format that this one's readers may read can add something behind the records.
  if (!rest.empty() && format <= bundle_format) return std::unexpected(bundle_fault::table_wrong);
  return found;
}

std::string encode_bundle(const bundle_identity& identity,
                          std::span<const std::string_view> records) {
  INVARIANT(!records.empty() && records.size() <= bundle_records, "a bundle of {} records",
            records.size());
  std::size_t bytes = 0;
  for (const auto record : records) bytes += record.size();
  std::string bundle;
  bundle.resize_and_overwrite(bundle_size(records.size(), bytes), [&](char* into, std::size_t n) {
    store(into + format_at, bundle_format);
    store(into + oldest_reader_at, bundle_format);
    store(into + writer_at, identity.writer);
    store(into + number_at, identity.number);
    store(into + count_at, static_cast<std::uint32_t>(records.size()));
    char* length_at = into + bundle_header_bytes;
    char* record_at = length_at + bundle_entry_bytes * records.size();
    for (const auto record : records) {
      store(length_at, static_cast<std::uint32_t>(record.size()));
      length_at += bundle_entry_bytes;
      record_at = std::copy_n(record.data(), record.size(), record_at);
    }
    return n;
  });
  store(bundle.data() + checksum_at, checksum_of(bundle));
  return bundle;
}

}  // namespace perdure::transport
