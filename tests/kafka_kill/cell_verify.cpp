#include <algorithm>
#include <sstream>

#include "tests/kafka_kill/cell_clients.hpp"
#include "tests/linearizability/linearizability.hpp"

namespace perdure::testing {
namespace {

/// "ticket=number" of each command that a cell carried out, in its order.
struct carried_out {
  int ticket = 0;
  std::string number;
};

std::vector<carried_out> parse(const std::string& output) {
  std::vector<carried_out> all;
  std::istringstream in(output);
  for (std::string word; in >> word;) {
    const auto equals = word.find('=');
    all.push_back({std::stoi(word.substr(0, equals)), word.substr(equals + 1)});
  }
  return all;
}

}  // namespace

sequential_model cell_model() {
  return {"0", [](const std::string& state, const std::string& input) {
            const auto blank = input.find(' ');
            const auto verb = input.substr(0, blank);
            auto next = state;
            if (verb == "set") next = input.substr(blank + 1);
            if (verb == "add")
              next = fmt::to_string(std::stoll(state) + std::stoll(input.substr(blank + 1)));
            return sequential_model::change{next, next};
          }};
}

void cell_clients::verify(const ledger& effects) {
  auto api = connect_();
  for (const auto& each : book_.cells()) check_cell(api, each, effects);
  for (auto& text : problems_of_order(cell_model(), operations_)) problem(std::move(text));
}

/// What it gave, or nothing, after a minute.
std::string cell_clients::output_of(api_client& api, const cell& which) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < until) {
    const auto answer = api.result("team", which.id, "1s");
    if (answer.text("status") == "completed") return answer.text("output");
    if (!answer.must_be_repeated() && answer.text("status") != "open") break;
  }
  problem(
      fmt::format("{} has not ended: {}", which.id, api.describe("team", which.id).body.dump()));
  return {};
}

void cell_clients::check_cell(api_client& api, const cell& which, const ledger& effects) {
  const auto output = output_of(api, which);
  if (output.empty()) return;
  const auto model = cell_model();
  auto state = model.initial;
  std::set<int> tickets;
  std::int64_t latest = 0;  // when one of those up to here was asked for
  for (const auto& [ticket, number] : parse(output)) {
    const auto found = by_ticket_[which.id].find(ticket);
    if (found == by_ticket_[which.id].end() || !tickets.insert(ticket).second)
      return problem(fmt::format("{} carried out {} twice, or nobody asked for it: {}", which.id,
                                 ticket, output));
    const auto& asked = operations_[found->second];
    state = model.apply(state, asked.input).state;
    if (state != number || asked.output.value_or(number) != number)
      return problem(fmt::format("{} made {} of '{}' ({}), its client was told {}: {}", which.id,
                                 number, asked.input, ticket, asked.output.value_or("nothing"),
                                 output));
    if (asked.returned && *asked.returned < latest)
      return problem(
          fmt::format("{} carried out {} after one that was asked for when that had been "
                      "answered: {}",
                      which.id, ticket, output));
    latest = std::max(latest, asked.invoked);
    const auto label = fmt::format("{}/{}", which.id, ticket);
    if (!which.is_register() && !effects.has_label(label))
      return problem(fmt::format("the step of {} is not in the ledger", label));
  }
  if (tickets.size() != static_cast<std::size_t>(which.commands))
    problem(fmt::format("{} gave '{}'", which.id, output));
}

}  // namespace perdure::testing
