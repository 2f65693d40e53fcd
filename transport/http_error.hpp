#pragma once

#include <string_view>

#include "transport/http_message.hpp"

namespace perdure::transport {

/// The one JSON shape of every error that leaves a server: {"error":{"code":…,"message":…}}. `code`
/// is stable and for programs; `message` says what, with which values, and what to change.
http_response make_http_error(unsigned status, std::string_view code, std::string_view message);

}  // namespace perdure::transport
