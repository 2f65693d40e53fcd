#pragma once

#include "deploy/cli/command_context.hpp"
#include "runtime/decoded_record.hpp"
#include "transport/log_inspect.hpp"

namespace perdure::deploy {

/// Prints a record of a log, one line: for people, fitted to the terminal, or one JSON object. What
/// cannot be decoded says why.
void show_record(const transport::dumped_record& record, runtime::record_decoder& decoder,
                 command_context& context);

}  // namespace perdure::deploy
