#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/agent_catalogue.hpp"
#include "runtime/error.hpp"
#include "runtime/ids.hpp"

namespace perdure::actors {

/// What another node has told of its program.
struct far_catalogue {
  runtime::session_id session;
  runtime::catalogue_pointer catalogue;
};

/// This program's, as a node says it that is there as `session`: with the descriptors of all
/// messages that it names. REQUIRES: `what.schema` is null.
std::string to_bytes(const runtime::agent_catalogue& what, runtime::session_id session);

/// Error invalid_argument: no such bytes, or descriptors that do not fit together.
runtime::expected<far_catalogue> decode_catalogue(std::string_view bytes);

}  // namespace perdure::actors
