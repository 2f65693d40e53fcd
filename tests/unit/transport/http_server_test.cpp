#include "transport/http_server.hpp"

#include <thread>
#include <vector>

#include "tests/unit/transport/http_server_fixture.hpp"

namespace perdure::transport {
namespace {

TEST_F(http_server_test, many_requests_share_a_connection) {
  start();
  raw_peer peer = connect();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(peer.send(post("/echo", std::to_string(i))));
    ASSERT_EQ(peer.receive().value().body, std::to_string(i));
  }
  EXPECT_EQ(server->statistics().accepted, 1U);
  EXPECT_EQ(server->statistics().requests, 100U);
}

TEST_F(http_server_test, listens_on_loopback_unless_told_otherwise) {
  EXPECT_EQ(options.address, "127.0.0.1");
  start();
  EXPECT_NE(server->port(), 0);
}

TEST_F(http_server_test, the_handler_sees_the_request_as_sent) {
  start();
  raw_peer peer = connect();
  peer.send("PATCH /a%2Fb?c=d HTTP/1.1\r\nHost: h\r\nX-Y: z\r\nContent-Length: 1\r\n\r\nb");
  const auto kept = handler.take();
  EXPECT_EQ(kept.request.method, http_method::patch);
  EXPECT_EQ(kept.request.target, "/a%2Fb?c=d");
  EXPECT_EQ(*kept.request.header("x-y"), "z");
  EXPECT_EQ(kept.request.remote_address, "127.0.0.1");
}

TEST_F(http_server_test, answers_may_come_later_and_from_other_threads) {
  start();
  std::deque<raw_peer> peers;
  for (int i = 0; i < 8; ++i) peers.emplace_back(server->port()).send(get("/wait"));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    threads.emplace_back([kept = handler.take()] { kept.responder.send({.body = "later"}); });
  }
  for (raw_peer& peer : peers) EXPECT_EQ(peer.receive().value().body, "later");
}

TEST_F(http_server_test, a_late_answer_is_rendered_on_the_servers_thread) {
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  std::thread::id rendered_on;
  handler.take().responder.send_later([&] {
    rendered_on = std::this_thread::get_id();
    return http_response{.body = "rendered"};
  });
  EXPECT_EQ(peer.receive().value().body, "rendered");
  EXPECT_NE(rendered_on, std::this_thread::get_id());
  EXPECT_NE(rendered_on, std::thread::id());
}

TEST_F(http_server_test, an_answer_that_cannot_be_rendered_is_a_500) {
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  handler.take().responder.send_later([]() -> http_response { throw std::runtime_error("a bug"); });
  const auto answer = peer.receive().value();
  EXPECT_EQ(answer.status, 500U);
  EXPECT_EQ(answer.body.find("a bug"), std::string::npos) << "what went wrong inside stays inside";
}

TEST_F(http_server_test, pipelined_requests_are_handled_one_at_a_time_and_answered_in_order) {
  start();
  raw_peer peer = connect();
  peer.send(get("/wait1") + post("/echo", "two") + get("/wait3") + post("/echo", "four"));
  const auto first = handler.take();
  EXPECT_EQ(first.request.target, "/wait1");
  EXPECT_EQ(server->statistics().requests, 1U) << "the second waits for the first";
  first.responder.send({.body = "one"});
  EXPECT_EQ(peer.receive().value().body, "one");
  EXPECT_EQ(peer.receive().value().body, "two");
  handler.take().responder.send({.body = "three"});
  EXPECT_EQ(peer.receive().value().body, "three");
  EXPECT_EQ(peer.receive().value().body, "four");
}

TEST_F(http_server_test, a_long_pipeline_that_is_read_late_arrives_whole) {
  start();
  raw_peer peer = connect();
  const std::string body(20'000, 'x');
  std::jthread sender([&] {
    for (int i = 0; i < 500; ++i) peer.send(post("/echo", body));
  });
  for (int i = 0; i < 500; ++i) ASSERT_EQ(peer.receive().value().body.size(), body.size()) << i;
}

TEST_F(http_server_test, head_gets_the_header_alone) {
  start();
  raw_peer peer = connect();
  peer.send("HEAD /wait HTTP/1.1\r\nHost: localhost\r\n\r\n" + post("/echo", "next"));
  handler.take().responder.send({.body = "12345"});
  const auto head = peer.receive(raw_peer::expects::header_alone);
  EXPECT_TRUE(head.value().has("Content-Length: 5"));
  EXPECT_EQ(peer.receive().value().body, "next");
}

TEST_F(http_server_test, close_is_honoured_for_http_11_and_http_10) {
  start();
  raw_peer peer = connect();
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na");
  EXPECT_TRUE(peer.receive().value().has("Connection: close"));
  EXPECT_TRUE(peer.at_end());

  raw_peer old = connect();
  old.send("POST /echo HTTP/1.0\r\nContent-Length: 1\r\n\r\na");
  EXPECT_EQ(old.receive().value().body, "a");
  EXPECT_TRUE(old.at_end());
}

TEST_F(http_server_test, a_client_that_asks_first_is_told_to_go_on) {
  start();
  raw_peer peer = connect();
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(peer.receive().value().status, 100U);
  peer.send("abc");
  EXPECT_EQ(peer.receive().value().body, "abc");
}

TEST_F(http_server_test, a_client_may_close_its_side_and_still_get_its_answer) {
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  peer.end_sending();
  handler.take().responder.send({.body = "still"});
  EXPECT_EQ(peer.receive().value().body, "still");
  EXPECT_TRUE(peer.at_end());
}

TEST_F(http_server_test, clients_that_leave_are_forgotten) {
  options.half_closed_grace = runtime::milliseconds(50);
  start();
  std::vector<keeping_handler::kept_request> kept;
  {
    raw_peer closes = connect(), resets = connect(), silent = connect();
    closes.send(get("/wait"));
    resets.send(get("/wait"));
    kept.push_back(handler.take());
    kept.push_back(handler.take());
    resets.reset();
  }
  EXPECT_TRUE(has_connections(0));
  for (const auto& request : kept) request.responder.send({.body = "to nobody"});
  raw_peer next = connect();
  next.send(post("/echo", "alive"));
  EXPECT_EQ(next.receive().value().body, "alive");
}

TEST_F(http_server_test, connections_are_shared_among_threads) {
  options.threads = 3;
  start();
  std::vector<std::jthread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < 6; ++c) {
    clients.emplace_back([this, c, &right] {
      raw_peer peer = connect();
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(c * 1000 + i);
        peer.send(post("/echo", body));
        const auto answer = peer.receive();
        if (answer && answer->body == body) ++right;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(right, 1200);
}

TEST_F(http_server_test, stop_ends_idle_connections_and_lets_requests_end) {
  start();
  raw_peer idle = connect(), busy = connect(), half = connect();
  half.send("GET /x HTTP/1.1\r\n");
  busy.send(get("/wait"));
  const auto kept = handler.take();
  ASSERT_TRUE(has_connections(3));
  std::jthread stopper([this] { server->stop(); });
  EXPECT_TRUE(idle.at_end());
  EXPECT_TRUE(half.at_end());
  kept.responder.send({.body = "done"});
  const auto answer = busy.receive().value();
  EXPECT_EQ(answer.body, "done");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(busy.at_end());
  stopper.join();
  EXPECT_EQ(server->statistics().open_connections, 0U);
  EXPECT_THROW(connect(), boost::system::system_error) << "nobody listens any more";
}

TEST_F(http_server_test, stop_does_not_wait_for_ever_for_a_handler) {
  options.stop_grace = runtime::milliseconds(50);
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  const auto kept = handler.take();
  server->stop();
  EXPECT_TRUE(peer.at_end());
  kept.responder.send({.body = "too late"});
  server->stop();
  server.reset();
  kept.responder.send({.body = "much too late"});
}

TEST_F(http_server_test, a_taken_port_is_an_error_that_says_what_to_do) {
  start();
  const auto second = http_server::start({.port = server->port()}, handler);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, runtime::errc::io_failed);
  EXPECT_NE(second.error().message.find("choose another"), std::string::npos);
}

TEST_F(http_server_test, wrong_options_are_named) {
  const auto message_of = [this](http_server_options wrong) {
    const auto started = http_server::start(std::move(wrong), handler);
    return started ? std::string() : started.error().message;
  };
  EXPECT_NE(message_of({.address = "localhost"}).find("not an IP address"), std::string::npos);
  EXPECT_NE(message_of({.threads = 0}).find("threads is 0"), std::string::npos);
  EXPECT_NE(message_of({.limits = {.header_bytes = 10}}).find("header_bytes"), std::string::npos);
  EXPECT_NE(message_of({.idle_deadline = {}}).find("idle_deadline"), std::string::npos);
}

}  // namespace
}  // namespace perdure::transport
