#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "licence_audit/audit.pb.h"
#include "runtime/author/agent.hpp"

namespace licence_audit {

/// What the agents do to the world, by name. All of it may be done again without harm: after a
/// crash an attempt that was under way is repeated.

/// The copyright files below a directory: at most so many, 0: all. A directory that cannot be
/// listed ends the audit.
inline constexpr perdure::step<std::vector<audit::v1::PackageFile>(std::string, std::uint32_t)>
    list_packages{"list_packages", perdure::retries(5)};

/// Reads one copyright file; what is wrong with it is in the excerpt.
inline constexpr perdure::step<audit::v1::Excerpt(audit::v1::ReadRequest)> read_copyright{
    "read_copyright", perdure::attempt_timeout(std::chrono::minutes(2))};

/// Judges an excerpt, and takes at least so many milliseconds.
inline constexpr perdure::step<audit::v1::PackageFinding(audit::v1::Excerpt, std::uint32_t)>
    judge_excerpt{"classify"};

/// Registers the functions behind them.
void register_steps(perdure::registry& offered);

}  // namespace licence_audit
