#pragma once

#include <string>

#include "tests/unit/transport/log_history.hpp"
#include "tests/unit/transport/memory_disk.hpp"

namespace perdure::transport {

/// The process on `disk` ends now, or its machine does, or both one after the other: the log opens
/// on the bare disk, has what it must have, goes on, and then power is lost, which takes nothing
/// from what went on either.
void expect_survived(const memory_disk& disk, const log_history& history, const std::string& when);

}  // namespace perdure::transport
