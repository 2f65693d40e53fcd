#include "transport/http_loop.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <pthread.h>

#include "transport/http_response_writer.hpp"
#include "transport/http_session.hpp"

namespace perdure::transport {
namespace {

namespace asio = boost::asio;

/// Deadlines are kept by looking at all connections now and then: no timer per request. A tenth of
/// the shortest deadline is precise enough.
std::chrono::microseconds interval_of(const http_server_options& options) {
  const auto shortest =
      std::min({options.header_deadline, options.body_deadline, options.idle_deadline,
                options.request_deadline, options.write_deadline, options.half_closed_grace,
                options.stop_grace});
  return std::chrono::microseconds(std::clamp<std::int64_t>(shortest.us / 10, 5'000, 200'000));
}

}  // namespace

http_loop::http_loop(const http_server_options& options, const runtime::clock& clock,
                     http_handler& handler, http_counters& counters)
    : options_(options),
      clock_(clock),
      handler_(handler),
      counters_(counters),
      work_(io_.get_executor()),
      sweep_timer_(io_),
      sweep_interval_(interval_of(options)),
      replies_(
          std::make_shared<http_reply_queue>([this] { asio::post(io_, [this] { deliver(); }); })) {}

http_loop::~http_loop() { replies_->close(); }

void http_loop::start() {
  update_date();
  schedule_sweep();
  thread_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "perdure.http");
    io_.run();
  });
}

void http_loop::adopt(asio::ip::tcp::socket socket, std::string address,
                      http_connection_limits::ticket ticket) {
  asio::dispatch(io_, [this, socket = std::move(socket), address = std::move(address),
                       ticket = std::move(ticket)]() mutable {
    if (stopping_) return;
    const std::uint64_t id = ++last_connection_;
    auto session = std::make_shared<http_session>(*this, id, std::move(socket), std::move(address),
                                                  std::move(ticket));
    sessions_.emplace(id, session);
    session->start();
  });
}

std::optional<http_reply> http_loop::dispatch(http_request_id id, http_request request) {
  counters_.requests.fetch_add(1, std::memory_order_relaxed);
  return http_exchange::run(handler_, std::move(request),
                            std::make_shared<http_exchange>(replies_, id));
}

void http_loop::forget(std::uint64_t connection) {
  sessions_.erase(connection);
  end_if_stopped();
}

void http_loop::deliver() {
  for (http_reply_queue::entry& entry : replies_->take()) {
    const auto found = sessions_.find(entry.request.connection);
    if (found == sessions_.end()) continue;
    const std::shared_ptr<http_session> session = found->second;
    session->reply(entry.request.number, std::move(entry.reply));
  }
}

void http_loop::schedule_sweep() {
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || (stopping_ && sessions_.empty())) return;
    sweep();
    schedule_sweep();
  });
}

void http_loop::sweep() {
  update_date();
  const runtime::timestamp now = clock_.monotonic();
  std::vector<std::shared_ptr<http_session>> late;
  for (const auto& [id, session] : sessions_) {
    if (session->is_late(now)) late.push_back(session);
  }
  for (const auto& session : late) session->give_up();
  if (!stopping_ || now < stop_deadline_) return;
  late.clear();
  for (const auto& [id, session] : sessions_) late.push_back(session);
  for (const auto& session : late) session->close();
}

void http_loop::update_date() {
  const std::int64_t second = clock_.now().us / 1'000'000;
  if (std::exchange(date_second_, second) != second) date_ = http_date(second);
}

void http_loop::begin_stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    stop_deadline_ = clock_.monotonic() + options_.stop_grace;
    std::vector<std::shared_ptr<http_session>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session);
    for (const auto& session : all) session->drain();
    end_if_stopped();
  });
}

void http_loop::end_if_stopped() {
  if (!stopping_ || !sessions_.empty()) return;
  replies_->close();
  sweep_timer_.cancel();
  work_.reset();  // run() returns when what was already begun has ended
}

void http_loop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace perdure::transport
