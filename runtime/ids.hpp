#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include <fmt/format.h>

namespace perdure::runtime {

/// A number that means one thing. Two ids of different kinds neither compare nor convert.
template <class Tag, class Rep = std::uint64_t>
struct strong_id {
  Rep value = 0;

  constexpr strong_id() = default;
  constexpr explicit strong_id(Rep v) : value(v) {}
  constexpr auto operator<=>(const strong_id&) const = default;
  /// False for the zero id, which always means "none".
  constexpr explicit operator bool() const { return value != 0; }
};

/// A record's place in its log. Strictly increasing per partition, gaps are legal, 0 = before the
/// first.
using offset = strong_id<struct offset_tag>;
/// The offset of the claim by which an owner rules (DESIGN 2.2). 0 = nobody has claimed yet.
using epoch = strong_id<struct epoch_tag>;
/// A partition's number within its installation: all namespaces share one numbering, given by
/// `log_opened` records.
using partition_index = strong_id<struct partition_tag, std::uint32_t>;
/// Chosen once when a log is made (or restored): a log with another incarnation is another log.
using incarnation = strong_id<struct incarnation_tag>;
/// One life of an owner process, drawn at random when it starts.
using session_id = strong_id<struct session_tag>;
/// A turn's place in its run: 1, 2, 3…
using turn_seq = strong_id<struct turn_seq_tag>;
/// A message's place in its channel: 1, 2, 3… (DESIGN 3.1)
using message_number = strong_id<struct message_number_tag>;
/// What a run opens (step, timer, call, signal wait) is numbered 1, 2, 3… in the order its code
/// asked.
using thing_number = strong_id<struct thing_tag, std::uint32_t>;
/// An attempt of a step: 1, 2, 3… (DESIGN 5.2)
using attempt_number = strong_id<struct attempt_tag, std::uint32_t>;
/// A share of the key space: workflow ids hash to one of 4,096 slots, slots map to partitions by a
/// logged table.
using slot_number = strong_id<struct slot_tag, std::uint16_t>;
inline constexpr std::uint32_t slots_per_namespace = 4096;

/// XXH3 over what the name of the value says. Stable across builds: it is on disk.
using digest = strong_id<struct digest_tag>;

/// A point in time: microseconds since 1970-01-01 UTC.
struct timestamp {
  std::int64_t us = 0;
  constexpr auto operator<=>(const timestamp&) const = default;
};

/// A length of time in microseconds.
struct duration {
  std::int64_t us = 0;
  constexpr auto operator<=>(const duration&) const = default;
};

constexpr duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr duration seconds(std::int64_t n) { return {n * 1'000'000}; }
// Times come from clients and records: what lies beyond the end of time is the end of time.
constexpr timestamp operator+(timestamp at, duration d) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(at.us, d.us, &sum)) return {sum};
  return {d.us > 0 ? INT64_MAX : INT64_MIN};
}
constexpr duration operator-(timestamp to, timestamp from) {
  std::int64_t length = 0;
  if (!__builtin_sub_overflow(to.us, from.us, &length)) return {length};
  return {to > from ? INT64_MAX : INT64_MIN};
}

/// Identity of a run within its partition's log incarnation (DESIGN 2.9): the offset of the record
/// that created it and, for a local call, the command's number in that record's turn (else 0). {0,
/// 0} is the partition itself, "run 0" of DESIGN 2.6.
struct run_key {
  offset created;
  thing_number command;
  constexpr auto operator<=>(const run_key&) const = default;
};
inline constexpr run_key system_run{};

}  // namespace perdure::runtime

template <class Tag, class Rep>
struct std::hash<perdure::runtime::strong_id<Tag, Rep>> {
  std::size_t operator()(perdure::runtime::strong_id<Tag, Rep> id) const noexcept {
    return static_cast<std::size_t>(id.value * 0x9E3779B97F4A7C15ULL);
  }
};

template <>
struct std::hash<perdure::runtime::run_key> {
  std::size_t operator()(const perdure::runtime::run_key& key) const noexcept {
    return static_cast<std::size_t>((key.created.value * 31 + key.command.value) *
                                    0x9E3779B97F4A7C15ULL);
  }
};

template <class Tag, class Rep>
struct fmt::formatter<perdure::runtime::strong_id<Tag, Rep>> : fmt::formatter<Rep> {
  template <class Context>
  auto format(perdure::runtime::strong_id<Tag, Rep> id, Context& context) const {
    return fmt::formatter<Rep>::format(id.value, context);
  }
};

template <>
struct fmt::formatter<perdure::runtime::run_key> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const perdure::runtime::run_key& key, Context& context) const {
    return key.command
               ? fmt::format_to(context.out(), "{}.{}", key.created.value, key.command.value)
               : fmt::format_to(context.out(), "{}", key.created.value);
  }
};
