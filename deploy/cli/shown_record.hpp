#pragma once

#include <functional>

#include "deploy/cli/command_context.hpp"
#include "runtime/decoded_record.hpp"
#include "transport/log_inspect.hpp"

namespace perdure::deploy {

using decode_function =
    std::function<runtime::expected<runtime::decoded_record>(runtime::offset, runtime::payload)>;

/// Of a namespace's records, and of the cluster's, whose kinds are others.
decode_function decoder_of_mailbox();
decode_function decoder_of_cluster();

/// Prints a record of a log, one line: for people, fitted to the terminal, or one JSON object. What
/// cannot be decoded says why.
void show_record(const transport::dumped_record& record, const decode_function& decode,
                 command_context& context);

}  // namespace perdure::deploy
