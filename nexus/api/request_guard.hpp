#pragma once

#include "nexus/api/api_error.hpp"
#include "nexus/api/api_options.hpp"

namespace perdure::nexus {

/// Keeps web pages out. The API has no log-in yet, and a browser on this machine reaches loopback
/// on behalf of any page: such a request is told by the `Origin` that browsers add, or, where a
/// page makes its own name resolve to us, by a `Host` that is none of ours. Error denied.
api_result<void> guard(const transport::http_request& request, const api_options& options);

}  // namespace perdure::nexus
