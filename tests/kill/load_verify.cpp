#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/kill/load.hpp"

namespace perdure::testing {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace

void load::verify(const ledger& effects) {
  auto client = connect_();
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    const auto& each = finished_[i];
    compare_result(client, each);
    check_effects(each, effects);
    check_collected(each);
    if (i % 7 == 0) check_history(client, each);
    if (each.kind == job::sort::caller) check_called_runs(client, each);
  }
  check_nothing_open(client);
}

/// Each step gave the run the nonce of an attempt of this very step that was made.
void load::check_effects(const job& what, const ledger& effects) {
  if (what.kind == job::sort::collect) return;
  if (what.kind == job::sort::payer) {
    if (what.output != "outcome_unknown" && !effects.has_nonce(what.id + "/0", what.output))
      problem(fmt::format("{} was paid by '{}', which never happened", what.id, what.output));
    return;
  }
  const auto labels = what.labels();
  const auto nonces = words_of(what.output);
  if (labels.size() != nonces.size()) {
    problem(fmt::format("{} has {} steps and gave '{}'", what.id, labels.size(), what.output));
    return;
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!effects.has_nonce(labels[i], nonces[i]))
      problem(fmt::format("{} took '{}' for the result of {}, which never happened", what.id,
                          nonces[i], labels[i]));
  }
}

/// Every signal once, and those of one sender in the order in which it sent them.
void load::check_collected(const job& what) {
  if (what.kind != job::sort::collect) return;
  auto items = words_of(what.output);
  std::map<std::string, int> next;
  for (const auto& item : items) {
    const auto colon = item.find(':');
    auto& expected = next[item.substr(0, colon)];
    if (std::stoi(item.substr(colon + 1)) != expected++)
      problem(fmt::format("{} got the signals of one sender as '{}'", what.id, what.output));
  }
  auto expected = what.expects;
  std::ranges::sort(items);
  std::ranges::sort(expected);
  if (items != expected) problem(fmt::format("{} got '{}'", what.id, what.output));
}

/// One result for each step and call, and none twice.
void load::check_history(api_client& client, const job& what) {
  const auto answer = read([&] { return client.history(what.name_space, what.id); });
  if (!answer.is_ok()) return problem(fmt::format("history of {}: {}", what.id, answer.error()));
  std::map<int, int> scheduled, ended;  // steps and calls
  int begun = 0, closed = 0;
  for (const auto& event : answer.body.at("events")) {
    const auto kind = event.value("kind", "");
    if (kind == "step_scheduled" || kind == "call_scheduled") ++scheduled[event.value("thing", 0)];
    if (kind == "step_completed" || kind == "step_failed" || kind == "call_completed" ||
        kind == "call_failed")
      ++ended[event.value("thing", 0)];
    begun += kind == "started" ? 1 : 0;
    closed += kind == "completed" ? 1 : 0;
  }
  if (begun != 1 || closed != 1)
    problem(fmt::format("{} began {} times and completed {} times", what.id, begun, closed));
  if (scheduled != ended)
    problem(fmt::format("the steps or calls of {} and their results do not agree: {}", what.id,
                        answer.body.dump()));
}

/// Each call made one run: there are as many as calls, and none twice.
void load::check_called_runs(api_client& client, const job& what) {
  std::vector<std::string> called;
  for (const auto* space : {"team", "legal"}) {
    const auto answer =
        read([&] { return client.list(space, "limit=1000&id_prefix=" + what.id + "."); });
    if (!answer.is_ok()) return problem(fmt::format("list: {}", answer.error()));
    for (const auto& run : answer.body.at("runs")) called.push_back(run.value("workflow_id", ""));
  }
  std::ranges::sort(called);
  const bool twice = std::ranges::adjacent_find(called) != called.end();
  if (twice || called.size() != static_cast<std::size_t>(what.count))
    problem(fmt::format("{} made {} calls, and there are the runs {}", what.id, what.count,
                        fmt::join(called, " ")));
}

void load::check_nothing_open(api_client& client) {
  for (const auto* space : {"team", "legal"}) {
    for (const auto* status : {"open", "parked", "paused"}) {
      const auto answer =
          read([&] { return client.list(space, fmt::format("limit=10&status={}", status)); });
      if (!answer.is_ok() || !answer.body.at("runs").empty())
        problem(fmt::format("all was answered, and in {} runs are {}: {}", space, status,
                            answer.body.dump()));
    }
  }
}

}  // namespace perdure::testing
