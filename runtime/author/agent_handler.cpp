#include "runtime/author/agent_handler.hpp"

namespace perdure {

workflow_body agent_handler::dispatch_workflow(std::string_view operation, context&,
                                               const payload&) {
  throw no_such_operation(operation);
}

payload agent_handler::dispatch_query(std::string_view operation, const query_context&,
                                      const payload&) const {
  throw no_such_operation(operation);
}

payload agent_handler::dispatch_function(std::string_view operation, step_context&,
                                         const payload&) {
  throw no_such_operation(operation);
}

}  // namespace perdure
