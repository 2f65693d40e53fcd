#include "actors/thread_stack.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <semaphore>

#include <execinfo.h>
#include <signal.h>

#include "actors/program_symbols.hpp"

namespace perdure::actors {
namespace {

constexpr int most_frames = 48;

// A signal handler sees nothing but globals. One stack is taken at a time; a handler that comes too
// late finds that nobody wants its thread any more.
struct exchange {
  std::mutex one_at_a_time;
  std::atomic<pthread_t> wanted{};
  std::array<void*, most_frames> frames;
  int count = 0;
  std::binary_semaphore taken{0};
};

exchange& shared() {
  static exchange only;
  return only;
}

void on_signal(int) {
  auto& with = shared();
  auto self = pthread_self();
  if (!with.wanted.compare_exchange_strong(self, pthread_t{})) return;
  with.count = backtrace(with.frames.data(), most_frames);
  with.taken.release();
}

}  // namespace

void prepare_stacks() {
  static std::once_flag once;
  std::call_once(once, [] {
    shared();
    std::array<void*, 1> first{};
    backtrace(first.data(), 1);  // loads libgcc now, and not in a handler
    struct sigaction action{};
    action.sa_handler = &on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, nullptr);
  });
}

std::vector<std::string> stack_of(pthread_t thread, const std::function<bool()>& signal) {
  auto& with = shared();
  const std::lock_guard one(with.one_at_a_time);
  with.wanted = thread;
  const bool answered = signal() && with.taken.try_acquire_for(std::chrono::seconds(1));
  if (!answered) {
    if (with.wanted.exchange(pthread_t{}) != pthread_t{}) return {};
    with.taken.acquire();  // the handler has begun in this moment, and ends soon
  }
  const program_symbols symbols;
  std::vector<std::string> lines;
  constexpr int handler_frames = 2;  // the handler, and the return from it
  for (int i = handler_frames; i < with.count; ++i)
    lines.push_back(symbols.describe(with.frames[static_cast<std::size_t>(i)]));
  return lines;
}

}  // namespace perdure::actors
