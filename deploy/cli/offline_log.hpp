#pragma once

#include <string>

#include "deploy/cli/command_context.hpp"
#include "transport/log_inspect.hpp"

namespace perdure::deploy {

/// The log's own directory, if `given` is the data directory of a node or that directory itself.
std::string log_directory_of(const std::string& given);

/// What was found, for programs and for people.
json to_json(const transport::log_findings& findings);
std::string in_words(const transport::log_findings& findings, const std::string& directory);

/// Why a log could not be looked at.
api_failure failure_of(const runtime::error& error);

}  // namespace perdure::deploy
