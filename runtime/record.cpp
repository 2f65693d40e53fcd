#include "runtime/record.hpp"

#include <bit>
#include <cstring>

#include <google/protobuf/message.h>
#include <google/protobuf/message_lite.h>

#include "runtime/crc32c.hpp"
#include "runtime/invariant.hpp"

namespace perdure::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "records are little-endian on disk");

// On disk: never change (docs/formats/envelope.md).
struct front_bytes {
  std::uint8_t format;
  std::uint8_t oldest_reader;
  std::uint8_t kind;
  std::uint8_t zero;
  std::uint32_t length;
  std::uint32_t checksum;
  std::uint16_t slot;
  std::uint16_t payloads;
  std::int64_t time_us;
  std::uint32_t header_length;
};
constexpr std::size_t front_size = 28;
static_assert(offsetof(front_bytes, header_length) + sizeof(std::uint32_t) == front_size);

constexpr std::uint8_t this_format = 1;
constexpr std::size_t checked_from = offsetof(front_bytes, slot);

std::uint32_t checksum_of(std::string_view record) {
  const auto head = crc32c(record.substr(0, offsetof(front_bytes, checksum)));
  return crc32c(record.substr(checked_from), head);
}

}  // namespace

std::string_view name(record_kind kind) {
  switch (kind) {
    case record_kind::log_opened:
      return "log_opened";
    case record_kind::claim:
      return "claim";
    case record_kind::handed_over:
      return "handed_over";
    case record_kind::config:
      return "config";
    case record_kind::start:
      return "start";
    case record_kind::signal:
      return "signal";
    case record_kind::update:
      return "update";
    case record_kind::control:
      return "control";
    case record_kind::message:
      return "message";
    case record_kind::step_result:
      return "step_result";
    case record_kind::barrier:
      return "barrier";
    case record_kind::turn:
      return "turn";
    case record_kind::started:
      return "started";
    case record_kind::clock:
      return "clock";
    case record_kind::sent:
      return "sent";
    case record_kind::mark:
      return "mark";
    case record_kind::join:
      return "join";
    case record_kind::heartbeat:
      return "heartbeat";
    case record_kind::suspect:
      return "suspect";
    case record_kind::gone:
      return "gone";
    case record_kind::leaving:
      return "leaving";
    case record_kind::left:
      return "left";
    case record_kind::drain:
      return "drain";
    case record_kind::name_space:
      return "namespace";
    case record_kind::warm:
      return "warm";
    case record_kind::view:
      return "view";
  }
  return {};
}

void encode_record(std::string& out, const envelope& front, const google::protobuf::Message& header,
                   std::span<const std::string_view> payloads) {
  INVARIANT(payloads.size() <= UINT16_MAX, "{} payloads in one record", payloads.size());
  const auto header_length = header.ByteSizeLong();
  auto length = front_size + payloads.size() * sizeof(std::uint32_t) + header_length;
  for (const auto bytes : payloads) length += bytes.size();
  INVARIANT(length <= UINT32_MAX, "a record of {} bytes", length);

  const auto begin = out.size();
  out.resize(begin + length);
  char* at = out.data() + begin;
  front_bytes fixed{this_format,
                    this_format,
                    static_cast<std::uint8_t>(front.kind),
                    0,
                    static_cast<std::uint32_t>(length),
                    0,
                    front.slot.value,
                    static_cast<std::uint16_t>(payloads.size()),
                    front.time.us,
                    static_cast<std::uint32_t>(header_length)};
  std::memcpy(at, &fixed, front_size);
  char* next = at + front_size;
  for (const auto bytes : payloads) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(next, &size, sizeof size);
    next += sizeof size;
  }
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(next));
  next += header_length;
  for (const auto bytes : payloads) {
    if (!bytes.empty()) std::memcpy(next, bytes.data(), bytes.size());
    next += bytes.size();
  }
  fixed.checksum = checksum_of({at, length});
  std::memcpy(at + offsetof(front_bytes, checksum), &fixed.checksum, sizeof fixed.checksum);
}

expected<record_view> record_view::parse(payload whole) {
  const auto bytes = whole.view();
  front_bytes fixed{};
  if (bytes.size() < front_size) {
    return fail(errc::corrupt,
                fmt::format("a record of {} bytes is shorter than its envelope", bytes.size()));
  }
  std::memcpy(&fixed, bytes.data(), front_size);
  if (fixed.oldest_reader > this_format) {
    return fail(
        errc::unsupported_format,
        fmt::format(
            "a record of format {} needs a reader of format {} or newer, this one knows {}: "
            "run a newer perdure",
            fixed.format, fixed.oldest_reader, this_format));
  }
  if (fixed.length != bytes.size()) {
    return fail(errc::corrupt, fmt::format("a record says it has {} bytes but {} are there",
                                           fixed.length, bytes.size()));
  }
  if (checksum_of(bytes) != fixed.checksum) {
    return fail(errc::corrupt, "a record's checksum does not match its bytes");
  }
  const auto lengths = front_size + std::size_t{fixed.payloads} * sizeof(std::uint32_t);
  auto rest = bytes.size() - front_size;
  if (lengths > bytes.size() || lengths + fixed.header_length > bytes.size()) {
    return fail(errc::corrupt, "a record's header reaches beyond its end");
  }
  rest = bytes.size() - lengths - fixed.header_length;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < fixed.payloads; ++i) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + front_size + i * sizeof size, sizeof size);
    sum += size;
  }
  if (sum != rest) return fail(errc::corrupt, "a record's payloads do not fill it");
  const auto kind = static_cast<record_kind>(fixed.kind);
  if (name(kind).empty()) {
    return fail(errc::unsupported_format,
                fmt::format("record kind {} is unknown: run a newer perdure", fixed.kind));
  }
  record_view view;
  view.front_ = {kind, {fixed.time_us}, slot_number(fixed.slot)};
  view.header_ = bytes.substr(lengths, fixed.header_length);
  view.payload_count_ = fixed.payloads;
  view.whole_ = std::move(whole);
  return view;
}

payload record_view::body(std::uint32_t index) const {
  if (index == 0 || index > payload_count_) return {};
  const auto bytes = whole_.view();
  const char* lengths = bytes.data() + front_size;
  const char* at = header_.data() + header_.size();
  std::uint32_t size = 0;
  for (std::uint32_t i = 0; i < index; ++i) {
    at += size;
    std::memcpy(&size, lengths + std::size_t{i} * sizeof size, sizeof size);
  }
  return {whole_.keeper(), std::string_view(at, size)};
}

}  // namespace perdure::runtime
