#include "actors/story_types.hpp"

#include <map>
#include <string_view>

namespace perdure::actors {
namespace {

using runtime::agent_address;
using runtime::agent_catalogue;
using runtime::history_event;
using runtime::operation_kind;
using runtime::value_type;

struct called_operation {
  agent_address agent;
  std::string name;
};

/// What a run called, by the number of the call.
std::map<runtime::thing_number, called_operation> calls_of(const told_story& story) {
  std::map<runtime::thing_number, called_operation> calls;
  for (const auto& event : story.events) {
    const auto slash = event.name.rfind('/');  // "agent/operation"
    if (event.kind != "call_scheduled" || slash == std::string::npos) continue;
    auto space = event.target.substr(0, event.target.find('/'));
    if (space.empty()) space = story.name_space;
    calls[event.thing] = {{std::move(space), event.name.substr(0, slash)},
                          event.name.substr(slash + 1)};
  }
  return calls;
}

/// Says what the values of one run are.
class value_namer {
 public:
  value_namer(const told_story& story, const catalogue_lookup& lookup)
      : story_(story),
        lookup_(lookup),
        own_(lookup({story.name_space, story.agent})),
        calls_(calls_of(story)) {}

  value_type type_of(const history_event& event) const {
    if (event.kind.starts_with("call_")) return type_of_call(event);
    if (own_ == nullptr) return {};
    if (event.kind == "started") return own_->input_of(own_->find(story_.agent, story_.operation));
    if (event.kind == "completed")
      return own_->output_of(own_->find(story_.agent, story_.operation));
    if (event.kind == "signal_received") return type_of_signal(*own_, story_.agent, event.name);
    if (event.kind == "signal_sent") return type_of_sent(event.name);
    const auto step = own_->steps.find(event.name);
    if (step == own_->steps.end()) return {};
    if (event.kind == "step_scheduled") return step->second.arguments;
    return event.kind == "step_completed" ? step->second.result : value_type();
  }

 private:
  value_type type_of_call(const history_event& event) const {
    const auto call = calls_.find(event.thing);
    if (call == calls_.end()) return {};
    const auto* catalogue = lookup_(call->second.agent);
    if (catalogue == nullptr) return {};
    const auto* operation = catalogue->find(call->second.agent.agent, call->second.name);
    if (event.kind == "call_scheduled") return catalogue->input_of(operation);
    return event.kind == "call_completed" ? catalogue->output_of(operation) : value_type();
  }

  static value_type type_of_signal(const agent_catalogue& catalogue, std::string_view agent,
                                   std::string_view name) {
    const auto* found = catalogue.find(agent, name);
    const bool is_signal = found != nullptr && found->kind == operation_kind::signal;
    return is_signal ? catalogue.input_of(found) : value_type();
  }

  /// To somebody, nobody here knows of which agent: its type if all agents of the program that take
  /// one of that name agree.
  value_type type_of_sent(std::string_view name) const {
    value_type type;
    for (const auto& agent : own_->agents) {
      auto taken = type_of_signal(*own_, agent.name, name);
      if (!taken.is_known()) continue;
      if (type.is_known() && type != taken) return {};
      type = std::move(taken);
    }
    return type;
  }

  const told_story& story_;
  const catalogue_lookup& lookup_;
  const agent_catalogue* const own_;  ///< of the program that has the run's agent
  const std::map<runtime::thing_number, called_operation> calls_;
};

}  // namespace

std::set<agent_address> agents_in(const told_story& story) {
  std::set<agent_address> agents{{story.name_space, story.agent}};
  for (const auto& [thing, call] : calls_of(story)) agents.insert(call.agent);
  return agents;
}

void name_values(told_story& story, const catalogue_lookup& catalogue) {
  const value_namer namer(story, catalogue);
  for (auto& event : story.events) event.body_type = namer.type_of(event);
}

}  // namespace perdure::actors
