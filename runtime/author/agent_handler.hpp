#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/author/codec.hpp"
#include "runtime/author/context.hpp"
#include "runtime/author/query_context.hpp"
#include "runtime/author/step_context.hpp"
#include "runtime/author/workflow.hpp"

namespace perdure {

/// An operation that this handler does not have: generated code and the registry disagree.
class no_such_operation : public std::logic_error {
 public:
  explicit no_such_operation(std::string_view name)
      : std::logic_error("there is no operation " + std::string(name)) {}
};

/// Base of the classes that the protoc plugin generates from a service. One object per run, whose
/// members are the run's state; made before the run's first activation. Authors derive from the
/// generated class, which overrides what is here and beside has
///   static runtime::agent_description description();
class agent_handler {
 public:
  virtual ~agent_handler() = default;
  agent_handler(const agent_handler&) = delete;
  agent_handler& operator=(const agent_handler&) = delete;

  /// Makes the coroutine of a workflow operation; nothing of it runs yet. Throws codec_error if
  /// `input` is not what the operation takes.
  virtual workflow_body dispatch_workflow(std::string_view operation, context& ctx,
                                          const payload& input);
  /// Answers a query from the members. Throws codec_error as above.
  virtual payload dispatch_query(std::string_view operation, const query_context& ctx,
                                 const payload& input) const;
  /// Runs a plain function: a durable call of it is a run of this one step.
  virtual payload dispatch_function(std::string_view operation, step_context& ctx,
                                    const payload& input);

 protected:
  agent_handler() = default;
};

}  // namespace perdure
