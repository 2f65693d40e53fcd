#include <thread>

#include "runtime/failure.hpp"
#include "tests/unit/nexus/api_fixture.hpp"
#include "transport/http_client.hpp"
#include "transport/http_server.hpp"

namespace perdure::nexus {
namespace {

using runtime::milliseconds;
using runtime::run_status;

/// A gateway of one workflow that other threads may close, as the real one is asked and answers on
/// different threads.
class one_workflow final : public runtime::client {
 public:
  void start(runtime::start_request request, runtime::reply_to<runtime::start_reply> to) override {
    to(runtime::start_reply{request.workflow_id, "r1", false, false});
  }
  void result(runtime::workflow_address target, runtime::duration,
              runtime::reply_to<runtime::run_result> to) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({target, std::move(to)});
    changed_.notify_all();
  }
  void signal(runtime::signal_request, runtime::reply_to<runtime::start_reply> to) override {
    to(runtime::fail(runtime::errc::not_found, "none"));
  }
  void control(runtime::control_request, runtime::reply_to<runtime::start_reply> to) override {
    to(runtime::fail(runtime::errc::not_found, "none"));
  }
  void describe(runtime::workflow_address, runtime::reply_to<runtime::run_details> to) override {
    to(runtime::fail(runtime::errc::not_found, "none"));
  }
  void agent_of(runtime::workflow_address, runtime::reply_to<std::string> to) override {
    to(std::string("clerk"));
  }
  void list(runtime::list_request, runtime::reply_to<runtime::list_reply> to) override {
    to(runtime::list_reply{});
  }
  void history(runtime::workflow_address,
               runtime::reply_to<std::vector<runtime::history_event>> to) override {
    to(std::vector<runtime::history_event>(20'000));
  }
  void query(runtime::query_request, runtime::reply_to<runtime::payload> to) override {
    to(runtime::payload());
  }
  void status(runtime::reply_to<runtime::node_status> to) override { to(runtime::node_status{}); }
  std::vector<runtime::agent_description> agents() const override { return sample_agents(); }

  /// Waits for so many long polls, then ends them.
  void close_when_awaited_by(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= count; });
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    for (const auto& [target, to] : waiting) {
      to(runtime::run_result{target.workflow_id,
                             "r1",
                             run_status::completed,
                             {},
                             runtime::payload(std::string("closed"))});
    }
  }

 private:
  struct waiter {
    runtime::workflow_address target;
    runtime::reply_to<runtime::run_result> to;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<waiter> waiting_;
};

struct api_server_test : testing::Test {
  void SetUp() override {
    auto started = transport::http_server::start(options, api);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  transport::http_client client() const {
    return transport::http_client({.server = {"127.0.0.1", server->port()}});
  }
  static transport::http_request get(std::string path) { return {.target = std::move(path)}; }
  const std::string poll = "/v1/namespaces/n/workflows/w/result?wait=30s";

  transport::http_server_options options{.half_closed_grace = milliseconds(50),
                                         .stop_grace = milliseconds(200)};
  one_workflow gateway;
  metrics measured;
  still_clock clock;
  http_api api{gateway, measured, clock, {}};
  std::unique_ptr<transport::http_server> server;
};

TEST_F(api_server_test, long_polls_are_answered_when_the_run_closes) {
  std::vector<std::jthread> pollers;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    pollers.emplace_back([this, &right] {
      const auto answer = client().send(get(poll));
      if (answer && answer->status == 200 &&
          nlohmann::json::parse(answer->body).at("output") == "closed") {
        ++right;
      }
    });
  }
  gateway.close_when_awaited_by(8);
  pollers.clear();
  EXPECT_EQ(right, 8);
}

TEST_F(api_server_test, a_client_that_leaves_its_long_poll_hurts_nobody) {
  for (int i = 0; i < 4; ++i) {
    const auto answer = client().send(get(poll), milliseconds(20));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, runtime::errc::timed_out);
  }
  gateway.close_when_awaited_by(4);
  EXPECT_EQ(client().send(get("/healthz")).value().status, 200U);
}

TEST_F(api_server_test, stop_ends_long_polls) {
  std::jthread poller([this] {
    const auto answer = client().send(get(poll));
    EXPECT_FALSE(answer && answer->status == 200);
  });
  std::jthread stopper;
  std::jthread waiter([this, &stopper] {
    while (server->statistics().requests == 0) std::this_thread::yield();
    stopper = std::jthread([this] { server->stop(); });
  });
  poller.join();
  waiter.join();
  stopper.join();
  gateway.close_when_awaited_by(1);
}

TEST_F(api_server_test, a_long_history_arrives_whole) {
  auto answer = client().send(get("/v1/namespaces/n/workflows/w/history?limit=10000"));
  ASSERT_TRUE(answer) << answer.error().message;
  const auto json = nlohmann::json::parse(answer->body);
  EXPECT_EQ(json.at("events").size(), 10'000U);
  EXPECT_EQ(json.at("next_page"), "10000");
}

TEST_F(api_server_test, errors_of_the_server_and_of_the_api_have_one_shape) {
  const std::vector<transport::http_request> bad{
      get("/none"),
      get("/%"),
      get("/" + std::string(9'000, 'x')),
      {.method = transport::http_method::post, .target = "/healthz"},
      {.target = "/healthz", .headers = {{"X", std::string(20'000, 'x')}}},
      {.target = "/healthz", .headers = {{"Transfer-Encoding", "gzip"}}}};
  std::vector<unsigned> statuses;
  for (const auto& request : bad) {
    const auto answer = client().send(request);
    ASSERT_TRUE(answer) << answer.error().message;
    statuses.push_back(answer->status);
    const auto error = nlohmann::json::parse(answer->body).at("error");
    EXPECT_FALSE(error.at("code").get<std::string>().empty());
    EXPECT_FALSE(error.at("message").get<std::string>().empty());
    EXPECT_EQ(answer->content_type, "application/json");
  }
  EXPECT_EQ(statuses, (std::vector<unsigned>{404, 400, 414, 405, 431, 501}));
}

}  // namespace
}  // namespace perdure::nexus
