#include "nexus/api/request_guard.hpp"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>

namespace perdure::nexus {
namespace {

using boost::algorithm::iequals;
using runtime::errc;

/// "host:port" without its port.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// No page can make a name of its own out of an address: it has no resolver to lie with.
bool is_address(std::string_view name) {
  if (name.starts_with('[')) return name.ends_with(']');
  return !name.empty() && name.find_first_not_of("0123456789.") == name.npos;
}

}  // namespace

api_result<void> guard(const transport::http_request& request, const api_options& options) {
  const std::string* host = request.header("Host");
  if (const std::string_view name = host ? host_name(*host) : ""; !name.empty()) {
    const auto is_it = [name](std::string_view allowed) {
      return allowed == "*" || iequals(allowed, name);
    };
    if (!is_address(name) && !is_it("localhost") &&
        !std::ranges::any_of(options.allowed_hosts, is_it)) {
      return refuse(errc::denied,
                    fmt::format("this server does not go by the name \"{}\": call it "
                                "by its address, or add the name to http.allowed_hosts",
                                name));
    }
  }
  if (const std::string* origin = request.header("Origin")) {
    const bool own = host && (*origin == "http://" + *host || *origin == "https://" + *host);
    if (!own) {
      return refuse(errc::denied, "requests from web pages of other origins are refused");
    }
  }
  return {};
}

}  // namespace perdure::nexus
