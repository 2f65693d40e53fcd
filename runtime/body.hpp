#pragma once

#include <cstdint>

#include "runtime/decoded_record.hpp"
#include "runtime/outcome.hpp"

namespace perdure::runtime {

/// What a message says (DESIGN 3.8). On disk: never change or reuse.
enum class body_kind : std::uint32_t {
  call = 1,
  call_started = 2,
  call_cancel = 3,
  call_result = 4,
  signal = 5
};

/// Where a payload lies in the log: a record, and which of its payloads. Every record but a turn
/// has one body, part 0.
struct body_ref {
  offset at;
  std::uint32_t part = 0;
  auto operator<=>(const body_ref&) const = default;
};

// The parts of a turn: 0 is its result, then come three ranges. On disk (consumed items name them):
// never change.
constexpr std::uint32_t outgoing_part(std::uint32_t index) { return index + 1; }
constexpr std::uint32_t command_part(std::uint32_t index) { return 0x4000'0000 + index; }
constexpr std::uint32_t result_part(std::uint32_t index) { return 0x8000'0000 + index; }

/// The payload that `part` means in this record; empty if there is none.
payload body_of(const decoded_record& record, std::uint32_t part);

/// What a caller is told of a run that ended so.
outcome outcome_of(run_status closed);

}  // namespace perdure::runtime
