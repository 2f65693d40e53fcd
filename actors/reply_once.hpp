#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "runtime/client.hpp"

namespace perdure::actors {

/// A reply that is given once, whatever happens: whoever lets go of it without an answer (an actor
/// that ends, a queue that is dropped) has answered `unavailable`. Counts in `load` until then.
template <class T>
class reply_once {
 public:
  /// `load` lives as long as `keeper`; both may be null.
  reply_once(runtime::reply_to<T> reply, std::atomic<std::size_t>* load,
             std::shared_ptr<const void> keeper)
      : reply_(std::move(reply)), load_(load), keeper_(std::move(keeper)) {}
  ~reply_once() {
    if (reply_)
      give(runtime::fail(runtime::errc::unavailable,
                         "the node is shutting down: ask again when it is back"));
  }
  reply_once(const reply_once&) = delete;
  reply_once& operator=(const reply_once&) = delete;

  void give(runtime::expected<T> answer) {
    const auto reply = std::exchange(reply_, nullptr);
    if (!reply) return;
    if (load_ != nullptr) load_->fetch_sub(1);
    reply(std::move(answer));
  }

 private:
  runtime::reply_to<T> reply_;
  std::atomic<std::size_t>* load_;
  std::shared_ptr<const void> keeper_;
};

/// The same as a function that can be copied.
template <class T>
runtime::reply_to<T> make_reply_once(runtime::reply_to<T> reply,
                                     std::atomic<std::size_t>* load = nullptr,
                                     std::shared_ptr<const void> keeper = nullptr) {
  auto once = std::make_shared<reply_once<T>>(std::move(reply), load, std::move(keeper));
  return [once = std::move(once)](runtime::expected<T> answer) { once->give(std::move(answer)); };
}

}  // namespace perdure::actors
