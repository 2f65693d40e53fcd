#pragma once

#include <memory>
#include <vector>

#include "runtime/log.hpp"
#include "transport/batch_format.hpp"

namespace perdure::transport {

/// The records of a batch that lies in `buffer`; their payloads keep it alive.
std::vector<runtime::log_record> records_of(const std::shared_ptr<const char[]>& buffer,
                                            const batch_view& batch);

/// The same from bytes that will go away: copies the batch once.
std::vector<runtime::log_record> copied_records_of(const batch_view& batch);

}  // namespace perdure::transport
