#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "runtime/payload.hpp"

namespace google::protobuf {
class Message;
}

namespace perdure::runtime {

/// What a record says (DESIGN 4). One numbering for the mailboxes and, from 64 on, the cluster log
/// (DESIGN 9). On disk: never change or reuse.
enum class record_kind : std::uint8_t {
  log_opened = 1,
  claim = 2,
  handed_over = 3,
  config = 4,
  start = 5,
  signal = 6,
  update = 7,
  control = 8,
  message = 9,
  step_result = 10,
  barrier = 11,
  turn = 12,
  started = 13,
  clock = 14,
  sent = 15,
  mark = 16,
  join = 64,
  heartbeat = 65,
  suspect = 66,
  gone = 67,
  leaving = 68,
  left = 69,
  drain = 70,
  name_space = 71,
  warm = 72,
  view = 73,
};
std::string_view name(record_kind kind);
/// Of the cluster log; else of a mailbox.
constexpr bool is_of_cluster(record_kind kind) { return kind >= record_kind::join; }

/// The fixed front of every record (docs/formats/envelope.md).
struct envelope {
  record_kind kind = record_kind::barrier;
  timestamp time;    ///< of a decision: the owner's; of an input: the appender's
  slot_number slot;  ///< of the workflow id concerned, 0 where there is none
};

/// Appends one encoded record to `out`: envelope, header, then the payloads as they are.
/// REQUIRES: at most 65,535 payloads, less than 4 GiB in all.
void encode_record(std::string& out, const envelope& front, const google::protobuf::Message& header,
                   std::span<const std::string_view> payloads = {});

/// A record taken apart: views into its bytes, which `whole` keeps alive.
class record_view {
 public:
  /// Checks bounds, checksum, format and kind; the header stays undecoded. Errors: corrupt,
  /// unsupported_format.
  static expected<record_view> parse(payload whole);

  const envelope& front() const { return front_; }
  std::string_view header() const { return header_; }
  std::size_t payload_count() const { return payload_count_; }
  /// `index` counts from 1 as in the headers; 0 or beyond the last gives an empty payload.
  payload body(std::uint32_t index) const;

 private:
  payload whole_;
  envelope front_;
  std::string_view header_;
  std::size_t payload_count_ = 0;
};

}  // namespace perdure::runtime
