#pragma once

#include <functional>
#include <map>
#include <string>

#include "runtime/author/agent.hpp"

namespace perdure::testing {

/// What a scripted run shows to the query "shown".
struct script_run {
  std::string shown;
  std::function<void()> asked = {};  ///< that query does this first
};

/// The code of a scripted operation: takes text, gives text.
using script_code = std::function<workflow<std::string>(context&, script_run&, std::string)>;

/// Offers an agent whose workflows are these functions, and which answers the queries "shown" (what
/// the run shows, and the query's own input), and "throws".
void add_script(registry& offered, const std::map<std::string, script_code>& operations,
                agent_options options = {.name = "test.Agent", .build = "test build"});

/// A durable call of an operation of the scripted agent.
inline pending<std::string> call_script(context& ctx, std::string_view name_space,
                                        std::string_view operation, const std::string& input,
                                        call_options options = {}) {
  return ctx.call<std::string>({name_space, "test.Agent", operation}, input, std::move(options));
}

}  // namespace perdure::testing
