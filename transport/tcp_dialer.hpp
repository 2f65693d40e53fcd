#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/dialer.hpp"
#include "runtime/ids.hpp"

namespace perdure::transport {

/// Connects to one address after the other, on a thread of its own: a machine that is gone holds up
/// the next for `limit`, no longer.
class tcp_dialer final : public runtime::dialer {
 public:
  explicit tcp_dialer(runtime::duration limit = runtime::seconds(1));
  ~tcp_dialer() override { stop(); }

  /// Dropped after `stop`.
  void dial(std::string address,
            std::function<void(runtime::expected<runtime::shared_socket>)> done) override;
  /// Ends the thread after the address at hand, and drops what waits.
  void stop();

 private:
  struct wish {
    std::string address;
    std::function<void(runtime::expected<runtime::shared_socket>)> done;
  };
  void work(const std::stop_token& stop);

  const runtime::duration limit_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<wish> waiting_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace perdure::transport
