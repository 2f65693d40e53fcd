#include "tests/sim/world.hpp"

#include <algorithm>

namespace perdure::sim {
namespace {

constexpr runtime::duration longest_wait_for_a_thread = runtime::milliseconds(5);

}  // namespace

world::world(std::uint64_t seed)
    : schedule(seed * 3),
      faults(seed * 3 + 1),
      load(seed * 3 + 2),
      code(~seed),
      forms(~seed * 3),
      hash_(seed) {}

void world::in(runtime::duration delay, life_ptr whose, std::function<void()> what) {
  events_.push_back({now_ + delay, ++serial_, std::move(whose), std::move(what)});
  std::ranges::push_heap(events_, std::greater<>{});
}

runtime::duration world::drawn(runtime::duration least, runtime::duration more) {
  return {least.us + schedule.between(0, more.us)};
}

life_ptr world::begin_life(std::uint32_t node) { return std::make_shared<life>(node, ++lives_); }

bool world::still_alive(const life_ptr& whose) {
  if (whose->alive_ && crash_chance_ > 0 && faults.happens(crash_chance_)) end(whose);
  return whose->alive_;
}

void world::end(const life_ptr& whose) {
  if (!std::exchange(whose->alive_, false)) return;
  note("node {} ends (life {})", whose->node_, whose->number_);
  whose->held_.clear();
  ended_.push_back(whose);
}

void world::freeze(const life_ptr& whose) {
  whose->frozen_ = true;
  ++whose->freezes_and_thaws_;
}

void world::thaw(const life_ptr& whose) {
  whose->frozen_ = false;
  ++whose->freezes_and_thaws_;
  for (auto& what : std::exchange(whose->held_, {})) in({}, whose, std::move(what));
}

void world::share_stage() { shared_ = &open_stage(nullptr); }

stage& world::open_stage(life_ptr whose) {
  if (shared_ != nullptr) return *shared_;
  auto& opened = stages_.emplace_back(std::move(whose), std::make_unique<stage>());
  opened.acts->pass_to(now_);
  return *opened.acts;
}

void world::own_actors(const life_ptr& whose) {
  if (shared_ != nullptr) owners_.resize(shared_->newest() + 1, whose);
}

/// Null: the actor system's own.
const life_ptr& world::owner_of(const open_stage_of& one, std::size_t which) const {
  if (one.acts.get() != shared_) return one.whose;
  static const life_ptr nobody;
  const auto id = one.acts->id_of(which);
  return id < owners_.size() ? owners_[id] : nobody;
}

void world::close_stage(const stage& which) {
  if (&which == shared_) return;
  std::erase_if(stages_, [&](const open_stage_of& one) { return one.acts.get() == &which; });
}

bool world::move() {
  ++moves_;
  const bool moved = (is_slow() && pass_time()) || run_an_actor() || pass_time();
  running_ = nullptr;
  bury();
  return moved;
}

void world::bury() {
  while (!ended_.empty()) {
    const auto whose = std::move(ended_.back());
    ended_.pop_back();
    if (undertaker_) undertaker_(whose);
  }
}

/// What is due later than soon does not come before an actor that could run now.
bool world::is_slow() {
  if (slow_ == 0 || !schedule.happens(slow_)) return false;
  const auto next = next_due();
  return next && *next <= now_ + longest_wait_for_a_thread;
}

std::optional<runtime::timestamp> world::next_due() const {
  std::optional<runtime::timestamp> next;
  const auto sooner = [&next](runtime::timestamp at) { next = next ? std::min(*next, at) : at; };
  if (!events_.empty()) sooner(events_.front().due);
  for (const auto& one : stages_) {
    const auto due = one.acts->next_due();
    if (due && !(one.whose && one.whose->frozen())) sooner(*due);
  }
  return next;
}

bool world::pass_time() {
  const auto next = next_due();
  if (!next) return false;
  const auto second = now_.us / 1'000'000;
  now_ = std::max(now_, *next);
  if (now_.us / 1'000'000 != second) ++busy_seconds_;
  for (const auto& one : stages_) {
    if (!(one.whose && one.whose->frozen())) one.acts->pass_to(now_);
  }
  if (events_.empty() || events_.front().due > now_) return true;
  std::ranges::pop_heap(events_, std::greater<>{});
  auto happens = std::move(events_.back());
  events_.pop_back();
  trace(happens.serial);
  if (happens.whose && !happens.whose->alive_) return true;
  if (happens.whose && happens.whose->frozen_) {
    happens.whose->held_.push_back(std::move(happens.what));
    return true;
  }
  running_ = std::move(happens.whose);
  happens.what();
  own_actors(running_);
  return true;
}

/// As likely within a millisecond as most of a second.
runtime::duration world::duration_of_code() {
  return {schedule.between(1, std::int64_t{1} << schedule.between(7, 20))};
}

bool world::run_an_actor() {
  ready_.clear();
  for (const auto& one : stages_) {
    for (std::size_t i = 0; i < one.acts->ready(); ++i) {
      const auto& whose = owner_of(one, i);
      if (!whose || !whose->frozen()) ready_.emplace_back(&one, i);
    }
  }
  if (ready_.empty()) return false;
  const auto which = schedule.below(ready_.size());
  trace(which);
  const auto [one, index] = ready_[which];
  running_ = owner_of(*one, index);
  if (slow_code_ > 0 && one->acts->is_of_a_run(index) && schedule.happens(slow_code_))
    one->acts->put_off(index, now_ + duration_of_code());
  else
    one->acts->run(index);
  own_actors(running_);
  return true;
}

void world::trace(std::uint64_t what) {
  hash_ = (hash_ ^ what) * 0x9E3779B97F4A7C15U;
  hash_ ^= hash_ >> 29;
}

void world::tell(std::string line) {
  story_.push_back(fmt::format("{:>12.6f}  {}", static_cast<double>(now_.us) / 1e6, line));
}

}  // namespace perdure::sim
