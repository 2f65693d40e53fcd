#include "runtime/author/registry.hpp"

#include <algorithm>
#include <stdexcept>

#include <google/protobuf/descriptor.h>

#include "proto/id_template.hpp"
#include "runtime/author/build_id.hpp"
#include "runtime/author/limits.hpp"

namespace perdure {
namespace {

using runtime::operation_kind;

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

/// What the plugin lets stand in a proto: such a name needs no quotes in a URL or a shell.
bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return c == '.' || c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
  });
}

/// Null: raw bytes. The types of an operation must be in this program: the edge reads requests by
/// them.
const google::protobuf::Descriptor* find_type(const std::string& type, const std::string& where) {
  if (type.empty()) return nullptr;
  const auto* found =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (found == nullptr) {
    refuse(
        fmt::format("{}: message {} is not in this program: link the library that is made of "
                    "its .proto",
                    where, type));
  }
  return found;
}

void check(const runtime::operation_description& operation, const std::string& agent) {
  const auto where = fmt::format("agent `{}`, operation `{}`", agent, operation.name);
  if (!is_plain(operation.name) || operation.name.size() > longest_id) {
    refuse(fmt::format("{}: a name has 1 to {} letters, digits and \"._-\"", where, longest_id));
  }
  if (operation.kind < operation_kind::workflow || operation.kind > operation_kind::query) {
    refuse(fmt::format("{}: is of kind {}, which this version does not know", where,
                       static_cast<int>(operation.kind)));
  }
  const auto* const input = find_type(operation.input_type, where);
  find_type(operation.output_type, where);
  if (operation.id_template.empty()) return;
  const auto refuse_id = [&](const std::string& why) {
    refuse(fmt::format("{}: id template \"{}\": {}", where, operation.id_template, why));
  };
  if (operation.kind == operation_kind::signal || operation.kind == operation_kind::query)
    refuse_id("a signal or query goes to a workflow that exists: remove it");
  const auto id = proto::id_template::parse(operation.id_template);
  if (!id) refuse_id(id.error());
  if (input == nullptr) refuse_id("there is no request to make it of: name the input's type");
  if (const auto fits = id->check(*input); !fits) refuse_id(fits.error());
}

void check(const runtime::agent_description& agent) {
  if (agent.name.empty() || agent.name.size() > longest_id) {
    refuse(fmt::format("an agent's name has 1 to {} bytes, not {}: `{}`", longest_id,
                       agent.name.size(), agent.name));
  }
  if (!is_plain(agent.name)) {
    refuse(fmt::format("agent name `{}`: use letters, digits and \"._-\" only", agent.name));
  }
  for (const auto& operation : agent.operations) check(operation, agent.name);
  std::vector<std::string_view> names;
  for (const auto& operation : agent.operations) {
    names.push_back(operation.name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    refuse(fmt::format("agent `{}` has two operations `{}`", agent.name, *twice));
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
