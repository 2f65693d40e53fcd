#include "actors/attempt_loads.hpp"

#include <utility>

namespace perdure::actors {

void attempt_loads::add(runtime::attempt_order order) {
  wanted_.emplace(order.attempt.run, order.attempt.step, order.attempt.attempt);
  const auto at = order.arguments.at;
  auto& [read, next] = records_[at];
  if (read.empty() && next.empty()) ready_.push_back(at);
  next.push_back(std::move(order));
}

void attempt_loads::cancel(runtime::run_key run, runtime::thing_number step,
                           runtime::attempt_number attempt) {
  wanted_.erase({run, step, attempt});
}

std::vector<attempt_loads::record_read> attempt_loads::take_reads() {
  std::vector<record_read> reads;
  for (const auto at : std::exchange(ready_, {})) {
    const auto found = records_.find(at);
    auto& [read, next] = found->second;
    record_read whole{at, {}};
    for (auto& [attempt, missing, arguments] : std::exchange(next, {})) {
      if (!wanted_.contains({attempt.run, attempt.step, attempt.attempt})) continue;
      whole.parts.push_back(arguments.part);
      read.push_back(std::move(attempt));
    }
    if (read.empty())
      records_.erase(found);
    else
      reads.push_back(std::move(whole));
  }
  return reads;
}

std::vector<runtime::step_attempt> attempt_loads::arrived(runtime::offset at,
                                                          std::vector<runtime::payload> arguments) {
  std::vector<runtime::step_attempt> starting;
  const auto found = records_.find(at);
  auto& [read, next] = found->second;
  for (std::size_t i = 0; i < read.size(); ++i) {
    auto& attempt = read[i];
    if (wanted_.erase({attempt.run, attempt.step, attempt.attempt}) == 0) continue;
    attempt.arguments = std::move(arguments[i]);
    starting.push_back(std::move(attempt));
  }
  read.clear();
  if (next.empty())
    records_.erase(found);
  else
    ready_.push_back(at);
  return starting;
}

}  // namespace perdure::actors
