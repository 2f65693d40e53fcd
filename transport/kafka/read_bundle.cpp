#include "transport/kafka/read_bundle.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "transport/kafka/bundle_format.hpp"

namespace perdure::transport {

runtime::expected<read_bundle> read_bundle_of(const kafka_partition& from, std::int64_t at,
                                              std::string_view bytes) {
  auto buffer = std::make_shared_for_overwrite<char[]>(bytes.size());
  std::ranges::copy(bytes, buffer.get());
  const auto decoded = decode_bundle({buffer.get(), bytes.size()});
  if (!decoded || at > last_bundle) {
    const auto newer = !decoded && decoded.error() == bundle_fault::newer;
    return runtime::fail(newer ? runtime::errc::unsupported_format : runtime::errc::corrupt,
                         fmt::format("topic {}, partition {}, Kafka's offset {}: this is no bundle "
                                     "that can be read: {}",
                                     from.topic, from.number, at,
                                     decoded ? "its offset is too high" : name(decoded.error())));
  }
  read_bundle out{at, decoded->checksum, bytes.size(), {}};
  out.records.reserve(decoded->records.size());
  std::uint32_t index = 0;
  for (const auto record : decoded->records) {
    out.records.push_back({from.index, to_offset({at, index++}), runtime::payload(buffer, record)});
  }
  return out;
}

}  // namespace perdure::transport
