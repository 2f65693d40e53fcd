#include "runtime/author/double_checked_execution.hpp"

#include <algorithm>

#include "runtime/author/replay_difference.hpp"

namespace perdure {
namespace {

using runtime::turn_result;

std::string nth_command(const turn_result& result, std::size_t n, runtime::timestamp now) {
  return n < result.commands.size() ? detail::describe(runtime::summarise(result.commands[n], now))
                                    : std::string("nothing more");
}

std::string describe_difference(const turn_result& first, const turn_result& second,
                                const runtime::activation& work) {
  const auto count = std::max(first.commands.size(), second.commands.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = nth_command(first, i, work.now);
    const auto other = nth_command(second, i, work.now);
    if (one != other) {
      return fmt::format("asked for {}, then for {}", one, other);
    }
  }
  return first.status == second.status
             ? std::string("asked for the same with other inputs or gave another result")
             : fmt::format("ended as {}, then as {}", runtime::name(first.status),
                           runtime::name(second.status));
}

}  // namespace

turn_result double_checked_execution::activate(const runtime::activation& work) {
  auto first = first_->activate(work);
  const auto second = second_->activate(work);
  if (first.status == second.status && first.after == second.after) {
    return first;
  }
  turn_result parked;
  parked.status = runtime::run_status::parked;
  parked.parked = runtime::park_reason::nondeterminism;
  parked.detail = fmt::format(
      "turn {}: run twice on the same data, the code {}: it uses a clock, chance, an address or a "
      "variable that is not the run's",
      work.seq, describe_difference(first, second, work));
  parked.after = runtime::chain_digest(work.before, work.seq, {}, runtime::run_status::parked, {});
  parked.build = first.build;
  return parked;
}

}  // namespace perdure
