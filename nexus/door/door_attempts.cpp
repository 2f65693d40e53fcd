#include "nexus/door/door_attempts.hpp"

#include <algorithm>
#include <utility>

namespace perdure::nexus {
namespace {

constexpr auto first_pause = runtime::milliseconds(100);
constexpr auto longest_pause = runtime::seconds(5);

}  // namespace

void door_attempts::set(std::vector<std::string> doors, std::uint64_t begin) {
  if (doors == doors_) return;
  const auto held = doors_.empty() ? std::string{} : doors_[at_];
  doors_ = std::move(doors);
  at_ = doors_.empty() ? 0 : begin % doors_.size();
  if (const auto same = std::ranges::find(doors_, held); same != doors_.end() && failed_ == 0)
    at_ = static_cast<std::size_t>(same - doors_.begin());  // it works: stay
  succeeded();
}

std::optional<std::string> door_attempts::next(runtime::timestamp now) const {
  if (doors_.empty() || now < not_before_) return std::nullopt;
  return doors_[at_];
}

void door_attempts::succeeded() {
  failed_ = 0;
  pause_ = {};
  not_before_ = {};
}

bool door_attempts::failed(runtime::timestamp now, std::uint64_t chance) {
  if (doors_.empty()) return false;
  at_ = (at_ + 1) % doors_.size();
  if (++failed_ < doors_.size()) return false;
  failed_ = 0;
  pause_ = std::clamp(runtime::duration{pause_.us * 2}, first_pause, longest_pause);
  const auto half = pause_.us / 2;
  not_before_ = now + runtime::duration{half + static_cast<std::int64_t>(
                                                   chance % static_cast<std::uint64_t>(half + 1))};
  return true;
}

}  // namespace perdure::nexus
