#pragma once

#include "runtime/random.hpp"
#include "transport/embedded_log_options.hpp"
#include "transport/file_system.hpp"
#include "transport/log_directory.hpp"
#include "transport/mark_page.hpp"

namespace perdure::transport {

/// Makes a log in a directory that is locked and has no identity file, with a new incarnation. The
/// identity file comes last: a crash before leaves a directory in which this starts again. Refuses
/// (`corrupt`) if segments there hold anything: then the identity file was lost.
runtime::expected<void> create_log(file_system& files, const log_directory& directory,
                                   const embedded_log_options& options,
                                   runtime::random_source& random);

/// Replaces the mark file by one that says `mark`.
runtime::expected<void> write_mark_file(file_system& files, const log_directory& directory,
                                        runtime::incarnation incarnation, const log_mark& mark);

}  // namespace perdure::transport
