#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/ids.hpp"
#include "runtime/log.hpp"

namespace perdure::transport {

/// Where requests wait for the driver. Any thread pushes, one takes all at once; a push costs a
/// lock and a move, and a wake-up only if the driver sleeps.
///
/// Not bounded here: docs/architecture.md says what lets how much in. The driver takes everything
/// whenever a write has ended.
class submit_queue {
 public:
  submit_queue(const runtime::clock& clock, runtime::duration spin) : clock_(clock), spin_(spin) {}

  void push(runtime::append_request request);
  /// Nothing waits that was not taken. Any thread.
  bool is_empty();
  /// Swaps what waits into `into`, which must be empty.
  void take(std::vector<runtime::append_request>& into);

  /// Until something waits, `interrupt` was called or `limit` has passed. Looks for `spin`
  /// before it sleeps, as long as nobody else needs the core: waking a thread takes a good part of
  /// a sync's time.
  void wait(runtime::duration limit);
  /// Ends the present wait, or the next one.
  void interrupt();

 private:
  bool ready() const { return signalled_.load(std::memory_order_acquire); }
  bool spin_until_ready() const;

  const runtime::clock& clock_;
  const runtime::duration spin_;

  /// Something waits, or an interrupt was asked for. Changed under the mutex.
  std::atomic<bool> signalled_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool sleeping_ = false;
  bool interrupted_ = false;
  std::vector<runtime::append_request> waiting_;
};

}  // namespace perdure::transport
