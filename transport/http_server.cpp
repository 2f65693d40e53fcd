#include "transport/http_server.hpp"

#include <utility>
#include <vector>

#include "transport/http_acceptor.hpp"
#include "transport/http_loop.hpp"
#include "transport/system_clock.hpp"

namespace perdure::transport {
namespace {

class beast_http_server final : public http_server {
 public:
  beast_http_server(http_server_options options, http_handler& handler)
      : options_(std::move(options)),
        clock_(options_.clock ? *options_.clock : machine_clock_),
        loops_(make_loops(options_, clock_, handler, counters_)),
        acceptor_(options_, loops_, counters_) {}
  ~beast_http_server() override { beast_http_server::stop(); }
  beast_http_server(const beast_http_server&) = delete;
  beast_http_server& operator=(const beast_http_server&) = delete;

  runtime::expected<void> run() {
    if (auto listening = acceptor_.listen(); !listening) return listening;
    for (const auto& loop : loops_) loop->start();
    running_ = true;
    return {};
  }

  std::uint16_t port() const override { return acceptor_.port(); }

  http_server_statistics statistics() const override {
    return {.open_connections = acceptor_.open_connections(),
            .accepted = counters_.accepted,
            .turned_away = counters_.turned_away,
            .requests = counters_.requests,
            .refused = counters_.refused};
  }

  void stop() override {
    if (!std::exchange(running_, false)) return;
    acceptor_.stop();
    for (const auto& loop : loops_) loop->begin_stop();
    for (const auto& loop : loops_) loop->join();
  }

 private:
  static std::vector<std::unique_ptr<http_loop>> make_loops(const http_server_options& options,
                                                            const runtime::clock& clock,
                                                            http_handler& handler,
                                                            http_counters& counters) {
    std::vector<std::unique_ptr<http_loop>> loops;
    for (std::size_t i = 0; i < options.threads; ++i) {
      loops.push_back(std::make_unique<http_loop>(options, clock, handler, counters));
    }
    return loops;
  }

  const http_server_options options_;
  const system_clock machine_clock_;
  const runtime::clock& clock_;
  http_counters counters_;
  const std::vector<std::unique_ptr<http_loop>> loops_;
  http_acceptor acceptor_;
  bool running_ = false;
};

}  // namespace

runtime::expected<std::unique_ptr<http_server>> http_server::start(http_server_options options,
                                                                   http_handler& handler) {
  if (auto good = check(options); !good) return std::unexpected(good.error());
  auto server = std::make_unique<beast_http_server>(std::move(options), handler);
  if (auto running = server->run(); !running) return std::unexpected(running.error());
  return server;
}

}  // namespace perdure::transport
