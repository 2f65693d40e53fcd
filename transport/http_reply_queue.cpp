#include "transport/http_reply_queue.hpp"

#include <exception>
#include <utility>

#include "transport/http_error.hpp"

namespace perdure::transport {

void http_reply_queue::push(entry answer) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  entries_.push_back(std::move(answer));
  if (entries_.size() == 1) wake_();
}

std::vector<http_reply_queue::entry> http_reply_queue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(entries_, {});
}

void http_reply_queue::close() {
  std::vector<entry> dropped;  // destroyed without the lock: replies own whatever they captured
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(entries_);
}

namespace {

/// The request whose handler runs on this thread just now.
struct running_request {
  const http_exchange* exchange = nullptr;
  std::optional<http_reply> reply = {};
};
thread_local running_request* running = nullptr;

}  // namespace

void http_exchange::send(http_reply reply) {
  if (answered_.exchange(true, std::memory_order_acq_rel)) return;
  if (running && running->exchange == this) {
    running->reply = std::move(reply);
  } else {
    queue_->push({request_, std::move(reply)});
  }
}

http_exchange::~http_exchange() {
  if (answered_.load(std::memory_order_acquire)) return;
  send(make_http_error(500, "internal",
                       "the server lost track of this request; whether it was carried out is not "
                       "known"));
}

std::optional<http_reply> http_exchange::run(http_handler& handler, http_request request,
                                             std::shared_ptr<http_exchange> exchange) {
  running_request current{.exchange = exchange.get()};
  running_request* const outer = std::exchange(running, &current);
  try {
    handler.handle(std::move(request), http_responder(std::move(exchange)));
  } catch (const std::exception&) {
    // The responder died with the handler's frame: that answered 500.
  }
  exchange.reset();
  running = outer;
  return std::move(current.reply);
}

}  // namespace perdure::transport
