#include "nexus/api/api_call.hpp"

#include "runtime/invariant.hpp"

namespace perdure::nexus {

const std::string& api_call::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters) {
    if (known == name) return value;
  }
  INVARIANT(false, "the route has no parameter {}", name);
}

runtime::workflow_address api_call::target() {
  return {parameter("namespace"), parameter("workflow_id"), query.text("run_id")};
}

}  // namespace perdure::nexus
