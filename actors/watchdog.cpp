#include "actors/watchdog.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "actors/thread_stack.hpp"

namespace perdure::actors {

using runtime::duration;

namespace {

constexpr std::int64_t blocked_factor = 10;

/// CPU time that a thread has used. REQUIRES: it is alive.
duration cpu_time_of(pthread_t thread) {
  clockid_t clock{};
  timespec used{};
  if (pthread_getcpuclockid(thread, &clock) != 0) return {};
  clock_gettime(clock, &used);  // style: allow(clock) what a thread has used, which is no time
  return {used.tv_sec * 1'000'000 + used.tv_nsec / 1'000};
}

double in_seconds(duration time) { return static_cast<double>(time.us) / 1e6; }

}  // namespace

watchdog::watchdog(watchdog_options options, const runtime::clock& clock, report_function report,
                   std::function<void()> end)
    : options_(options), clock_(clock), report_(std::move(report)), end_(std::move(end)) {
  prepare_stacks();
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

watchdog::~watchdog() { stop(); }

void watchdog::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::size_t watchdog::enter(const std::string& who, company with) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.push_back(places_.size());
    places_.emplace_back();
    serials_.push_back(0);
  }
  const auto place = free_.back();
  free_.pop_back();
  ++serials_[place];
  auto& entered = places_[place];
  entered = {};
  entered.who = &who;
  entered.thread = pthread_self();
  entered.with = with;
  return place;
}

void watchdog::leave(std::size_t place) {
  const std::lock_guard lock(mutex_);
  places_[place].who = nullptr;
  free_.push_back(place);
}

void watchdog::watch(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.watch");
  const auto period = std::chrono::microseconds(
      std::clamp<std::int64_t>(options_.cpu_limit.us / 8, 2'000, 250'000));
  while (!stop.stop_requested()) {
    std::vector<finding> found;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, period, [] { return false; });
      for (std::size_t place = 0; place < places_.size(); ++place) {
        if (auto one = look(place)) found.push_back(*std::move(one));
      }
    }
    for (const auto& one : found) act(one);
  }
}

/// REQUIRES: mutex_ held, so that the thread is alive and `who` with it.
std::optional<watchdog::finding> watchdog::look(std::size_t place) {
  auto& on = places_[place];
  if (on.who == nullptr) return std::nullopt;
  const auto cpu = cpu_time_of(on.thread);
  const auto now = clock_.monotonic();
  if (!std::exchange(on.seen, true)) {
    on.cpu_before = cpu;
    on.since = now;
    return std::nullopt;
  }
  const duration used{cpu.us - on.cpu_before.us};
  const auto passed = now - on.since;
  finding found{place, serials_[place], on.thread, {}, false};
  if (used >= options_.cpu_limit && used.us >= 2 * on.cpu_reported.us) {
    on.cpu_reported = used;
    found.ends = options_.reaction == on_stuck::end_process || on.with == company::alone;
    found.text = fmt::format(
        "{} has been running its code for {:.1f} s of CPU time without waiting for anything, the "
        "limit is {:.1f} s: put long work into a step",
        *on.who, in_seconds(used), in_seconds(options_.cpu_limit));
  } else if (passed.us >= blocked_factor * options_.cpu_limit.us && !on.blocked_reported &&
             used < options_.cpu_limit) {
    on.blocked_reported = true;
    found.ends = on.with == company::alone;
    found.text = fmt::format(
        "{} has been in its code for {:.1f} s: it blocks a thread of the node; what waits for the "
        "world belongs into a step",
        *on.who, in_seconds(passed));
  } else {
    return std::nullopt;
  }
  if (found.ends)
    found.text += on.with == company::alone
                      ? ". It runs alone on the node, which can do nothing else: the process ends"
                      : ". The process ends, as `on_stuck` demands";
  return found;
}

void watchdog::act(const finding& found) {
  bool there = false;
  const auto frames = stack_of(found.thread, [this, &found, &there] {
    const std::lock_guard lock(mutex_);  // while it is entered its thread is alive
    there = serials_[found.place] == found.serial && places_[found.place].who != nullptr;
    return there && pthread_kill(found.thread, SIGURG) == 0;
  });
  auto text = found.text;
  if (!there)
    text += ". It has come to an end meanwhile";
  else
    text += frames.empty() ? ". Its stack is not known" : ". It is here:";
  for (std::size_t i = 0; i < frames.size(); ++i) text += fmt::format("\n  #{} {}", i, frames[i]);
  report_(std::move(text));
  if (found.ends && there) end_();
}

}  // namespace perdure::actors
