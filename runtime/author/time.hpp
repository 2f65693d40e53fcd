#pragma once

#include <chrono>

#include "runtime/ids.hpp"

namespace perdure {

using runtime::timestamp;

/// Lengths of time as authors write them: `72h`, `30s`, `250ms` (with std::chrono_literals).
/// Whatever loses nothing in microseconds converts by itself.
using time_span = std::chrono::microseconds;

/// Points in time that can be calculated with. Clocks are not read in workflow code: ctx.now() is.
using time_point = std::chrono::sys_time<std::chrono::microseconds>;

constexpr runtime::duration to_duration(time_span span) { return {span.count()}; }
constexpr time_span to_time_span(runtime::duration length) { return time_span(length.us); }
constexpr timestamp to_timestamp(time_point at) { return {at.time_since_epoch().count()}; }
constexpr time_point to_time_point(timestamp at) { return time_point(time_span(at.us)); }

}  // namespace perdure
