#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "transport/http_responder.hpp"

namespace perdure::transport {

/// Names one request of one server thread.
struct http_request_id {
  std::uint64_t connection = 0;
  std::uint64_t number = 0;  ///< 1, 2, 3… on that connection
  bool operator==(const http_request_id&) const = default;
};

/// Where answers from other threads enter a server thread: many answers cost one wake-up. Outlives
/// the thread, so that a late answer finds a closed queue and nothing worse.
class http_reply_queue {
 public:
  struct entry {
    http_request_id request;
    http_reply reply;
  };

  /// `wake` makes the thread call take() soon; it is called under the queue's lock, at most once
  /// per take().
  explicit http_reply_queue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void push(entry answer);
  std::vector<entry> take();
  /// From now on everything is dropped, and `wake` is never called again.
  void close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<entry> entries_;
  bool closed_ = false;
};

/// One request's way back. The answer that a handler gives before it returns takes no lock and no
/// hop: whoever called the handler finds it in `answered_inline`.
class http_exchange final : public http_response_sink {
 public:
  http_exchange(std::shared_ptr<http_reply_queue> queue, http_request_id request)
      : queue_(std::move(queue)), request_(request) {}
  ~http_exchange() override;
  void send(http_reply reply) override;

  /// Calls the handler, and gives its answer if it came at once.
  static std::optional<http_reply> run(http_handler& handler, http_request request,
                                       std::shared_ptr<http_exchange> exchange);

 private:
  std::shared_ptr<http_reply_queue> queue_;
  const http_request_id request_;
  std::atomic<bool> answered_{false};
};

}  // namespace perdure::transport
