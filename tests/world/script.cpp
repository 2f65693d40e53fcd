#include "tests/world/script.hpp"

namespace perdure::testing {
namespace {

class script_agent final : public agent_handler {
 public:
  explicit script_agent(std::shared_ptr<const std::map<std::string, script_code>> operations)
      : operations_(std::move(operations)) {}

  workflow_body dispatch_workflow(std::string_view operation, context& ctx,
                                  const payload& input) override {
    return operations_->at(std::string(operation))(ctx, run_, decode<std::string>(input)).body();
  }
  payload dispatch_query(std::string_view operation, const query_context&,
                         const payload& input) const override {
    if (operation == "throws") throw std::runtime_error("a query that throws");
    if (run_.asked) run_.asked();
    return encode(run_.shown + decode<std::string>(input));
  }

 private:
  std::shared_ptr<const std::map<std::string, script_code>> operations_;
  script_run run_;
};

}  // namespace

void add_script(registry& offered, const std::map<std::string, script_code>& operations,
                agent_options options) {
  runtime::agent_description description;
  description.name = "test.Agent";
  for (const auto& [name, code] : operations)
    description.operations.push_back({name, runtime::operation_kind::workflow, {}, {}, {}});
  for (const auto* name : {"shown", "throws"})
    description.operations.push_back({name, runtime::operation_kind::query, {}, {}, {}});
  const auto shared = std::make_shared<const std::map<std::string, script_code>>(operations);
  offered.add_agent(
      std::move(description), [shared] { return std::make_unique<script_agent>(shared); },
      std::move(options));
}

}  // namespace perdure::testing
