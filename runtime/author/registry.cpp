#include "runtime/author/registry.hpp"

#include <algorithm>
#include <stdexcept>

#include "runtime/author/build_id.hpp"
#include "runtime/author/limits.hpp"

namespace perdure {
namespace {

void check(const runtime::agent_description& agent) {
  if (agent.name.empty() || agent.name.size() > longest_id) {
    throw std::invalid_argument(fmt::format("an agent's name has 1 to {} bytes, not {}: `{}`",
                                            longest_id, agent.name.size(), agent.name));
  }
  std::vector<std::string_view> names;
  for (const auto& operation : agent.operations) {
    names.push_back(operation.name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw std::invalid_argument(
        fmt::format("agent `{}` has two operations `{}`", agent.name, *twice));
  }
}

bool by_name(const std::unique_ptr<registered_agent>& one, std::string_view name) {
  return one->description.name < name;
}

}  // namespace

std::string function_step_name(std::string_view agent, std::string_view operation) {
  return fmt::format("{}/{}", agent, operation);
}

registry::registry(std::string default_build)
    : default_build_(default_build.empty() ? binary_build_id() : std::move(default_build)) {}

void registry::add_agent(runtime::agent_description description,
                         std::function<std::unique_ptr<agent_handler>()> make,
                         agent_options options) {
  if (!options.name.empty()) {
    description.name = std::move(options.name);
  }
  description.build = options.build.empty() ? default_build_ : std::move(options.build);
  check(description);
  const auto at = std::lower_bound(agents_.begin(), agents_.end(), description.name, by_name);
  if (at != agents_.end() && (*at)->description.name == description.name) {
    throw std::invalid_argument(fmt::format("agent `{}` is registered twice", description.name));
  }
  for (const auto& operation : description.operations) {
    if (operation.kind == runtime::operation_kind::function) {
      steps_.add(
          function_step_name(description.name, operation.name),
          blocking_step([make, name = operation.name](step_context& ctx, const payload& arguments) {
            return make()->dispatch_function(name, ctx, arguments);
          }),
          {runtime::message_type(operation.input_type),
           runtime::message_type(operation.output_type)});
    }
  }
  agents_.insert(at, std::make_unique<registered_agent>(std::move(description), std::move(make)));
}

const registered_agent* registry::find_agent(std::string_view name) const {
  const auto at = std::lower_bound(agents_.begin(), agents_.end(), name, by_name);
  return at == agents_.end() || (*at)->description.name != name ? nullptr : at->get();
}

std::vector<runtime::agent_description> registry::agents() const {
  std::vector<runtime::agent_description> all;
  for (const auto& agent : agents_) {
    all.push_back(agent->description);
  }
  return all;
}

}  // namespace perdure
