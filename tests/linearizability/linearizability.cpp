#include "tests/linearizability/linearizability.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace perdure::testing {
namespace {

/// Where an operation begins or ends. What was put into the order is taken out of the list, so
/// that those in front of the first end are the ones that may come next.
struct event {
  std::size_t operation = 0;
  bool is_end = false;
  std::size_t before = 0, after = 0;
  std::size_t end = 0;  ///< of a beginning; 0: it never returned
};

class search {
 public:
  search(const sequential_model& model, std::span<const operation> history)
      : model_(model), history_(history), state_(model.initial) {
    std::vector<std::tuple<std::int64_t, bool, std::size_t>> times;
    for (std::size_t i = 0; i < history.size(); ++i) {
      times.emplace_back(history[i].invoked, false, i);  // at one time all begin before any ends
      if (!history[i].returned) continue;
      times.emplace_back(*history[i].returned, true, i);
      ++left_;
    }
    std::ranges::sort(times);
    std::vector<std::size_t> beginnings(history.size());
    for (const auto& [time, is_end, which] : times) {
      const auto at = events_.size();
      events_.push_back({which, is_end, at - 1, at + 1, 0});
      if (is_end)
        events_[beginnings[which]].end = at;
      else
        beginnings[which] = at;
    }
    events_.push_back({.before = events_.size() - 1});
    placed_.assign(history.size(), '0');
  }

  linearization run(std::size_t tries) {
    auto at = events_[head].after;
    while (left_ > 0) {
      const auto& here = events_[at];
      if (!here.is_end) {
        if (found_.tried == tries) return std::move(found_);
        at = try_next(at) ? events_[head].after : here.after;
      } else if (way_.empty()) {
        found_.verdict = linearizability::not_linearizable;
        return std::move(found_);
      } else {
        at = events_[go_back()].after;
      }
    }
    keep_way();
    found_.verdict = linearizability::linearizable;
    return std::move(found_);
  }

 private:
  static constexpr std::size_t head = 0;
  struct choice {
    std::size_t at;
    std::string state_before;
  };

  bool try_next(std::size_t at) {
    ++found_.tried;
    const auto which = events_[at].operation;
    auto change = model_.apply(state_, history_[which].input);
    const auto& told = history_[which].output;
    if (told && *told != change.output) return false;
    placed_[which] = '1';
    // Who comes to the same state with the same operations by another way, finds the same.
    if (!seen_.insert(placed_ + change.state).second) {
      placed_[which] = '0';
      return false;
    }
    way_.push_back({at, std::exchange(state_, std::move(change.state))});
    take_out(at);
    if (way_.size() > found_.order.size()) keep_way();
    return true;
  }

  std::size_t go_back() {
    auto last = std::move(way_.back());
    way_.pop_back();
    state_ = std::move(last.state_before);
    placed_[events_[last.at].operation] = '0';
    put_back(last.at);
    return last.at;
  }

  void take_out(std::size_t at) {
    unlink(at);
    if (events_[at].end == 0) return;
    unlink(events_[at].end);
    --left_;
  }
  void put_back(std::size_t at) {
    if (events_[at].end != 0) {
      link(events_[at].end);
      ++left_;
    }
    link(at);
  }
  void unlink(std::size_t at) {
    events_[events_[at].before].after = events_[at].after;
    events_[events_[at].after].before = events_[at].before;
  }
  void link(std::size_t at) {
    events_[events_[at].before].after = events_[events_[at].after].before = at;
  }

  void keep_way() {
    found_.order.clear();
    for (const auto& each : way_) found_.order.push_back(events_[each.at].operation);
  }

  const sequential_model& model_;
  const std::span<const operation> history_;
  /// By time, between a head and a tail that are none.
  std::vector<event> events_{{.after = 1}};
  std::string state_;
  std::string placed_;  ///< which are in the order
  std::vector<choice> way_;
  std::size_t left_ = 0;  ///< that returned and are not in the order
  std::unordered_set<std::string> seen_;
  linearization found_;
};

std::string in_words(const operation& one) {
  return fmt::format("[{}, {}] {} -> {}", one.invoked,
                     one.returned ? fmt::to_string(*one.returned) : "…", one.input,
                     one.output.value_or("?"));
}

/// The end of the longest order, and what cannot come next.
std::string where_it_stops(const std::vector<operation>& history, const linearization& found) {
  constexpr std::size_t shown = 5;
  std::vector<bool> placed(history.size());
  for (const auto which : found.order) placed[which] = true;
  std::vector<std::string> last, next;
  for (auto i = found.order.size() - std::min(shown, found.order.size()); i < found.order.size();
       ++i)
    last.push_back(in_words(history[found.order[i]]));
  std::vector<operation> left;
  for (std::size_t i = 0; i < history.size(); ++i)
    if (!placed[i]) left.push_back(history[i]);
  std::ranges::sort(left, {}, &operation::invoked);
  for (std::size_t i = 0; i < std::min(2 * shown, left.size()); ++i)
    next.push_back(in_words(left[i]));
  return fmt::format(
      "the longest order has {} of {} operations and ends with\n  {}\nthen came\n  {}",
      found.order.size(), history.size(), fmt::join(last, "\n  "), fmt::join(next, "\n  "));
}

}  // namespace

linearization linearize(const sequential_model& model, std::span<const operation> history,
                        std::size_t tries) {
  return search(model, history).run(tries);
}

std::vector<std::string> problems_of_order(const sequential_model& model,
                                           std::span<const operation> operations,
                                           std::size_t tries) {
  std::map<std::string, std::vector<operation>> histories;
  for (const auto& one : operations) histories[one.entity].push_back(one);
  std::vector<std::string> problems;
  for (const auto& [entity, history] : histories) {
    const auto found = linearize(model, history, tries);
    if (found.verdict == linearizability::linearizable) continue;
    const auto* const verdict = found.verdict == linearizability::not_decided
                                    ? "it is not decided whether what clients saw of {} is "
                                      "linearizable, after {} tries; {}"
                                    : "what clients saw of {} is not linearizable ({} tries); {}";
    problems.push_back(
        fmt::format(fmt::runtime(verdict), entity, found.tried, where_it_stops(history, found)));
  }
  return problems;
}

}  // namespace perdure::testing
