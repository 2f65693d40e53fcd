#include <thread>

#include "tests/unit/transport/http_server_fixture.hpp"

namespace perdure::transport {
namespace {

using runtime::milliseconds;

/// Expects an error of the one shape, after which the server closes.
void expect_refused(raw_peer& peer, unsigned status, std::string_view code) {
  const auto answer = peer.receive();
  ASSERT_TRUE(answer) << "no answer";
  EXPECT_EQ(answer->status, status);
  EXPECT_TRUE(answer->has("Content-Type: application/json"));
  EXPECT_TRUE(answer->has("Connection: close"));
  EXPECT_TRUE(answer->body.starts_with("{\"error\":{\"code\":\"" + std::string(code) + "\""))
      << answer->body;
  EXPECT_TRUE(peer.at_end());
}

TEST_F(http_server_test, malformed_requests_are_refused_and_the_connection_closed) {
  start();
  raw_peer peer = connect();
  peer.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
      get("/smuggled"));
  expect_refused(peer, 400, "invalid_argument");
  EXPECT_EQ(server->statistics().requests, 0U) << "what follows a refused request is never read";
  EXPECT_EQ(server->statistics().refused, 1U);
}

TEST_F(http_server_test, answers_before_a_malformed_request_arrive) {
  start();
  raw_peer peer = connect();
  peer.send(post("/echo", "first") + "rubbish\r\n\r\n");
  EXPECT_EQ(peer.receive().value().body, "first");
  expect_refused(peer, 400, "invalid_argument");
}

TEST_F(http_server_test, a_header_over_the_limit_is_431) {
  start();
  raw_peer peer = connect();
  peer.send(get("/echo", "X: " + std::string(17 * 1024, 'x') + "\r\n"));
  expect_refused(peer, 431, "too_large");
}

TEST_F(http_server_test, a_body_over_the_limit_is_413_even_while_it_is_sent) {
  options.limits.body_bytes = 1000;
  start();
  raw_peer peer = connect();
  peer.send(post("/echo", std::string(200'000, 'x')));
  expect_refused(peer, 413, "too_large");

  raw_peer asks = connect();
  asks.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  expect_refused(asks, 413, "too_large");
}

TEST_F(http_server_test, a_large_body_within_the_limit_comes_back) {
  start();
  raw_peer peer = connect();
  const std::string body(4 * 1024 * 1024, 'x');
  std::jthread sender([&] { peer.send(post("/echo", body)); });
  EXPECT_EQ(peer.receive().value().body, body);
}

TEST_F(http_server_test, a_header_that_comes_drop_by_drop_is_cut_off) {
  options.header_deadline = milliseconds(100);
  start();
  raw_peer slow = connect(), other = connect();
  slow.send("GET /x HTTP/1.1\r\n");
  while (!slow.answered_within(std::chrono::milliseconds(10))) ASSERT_TRUE(slow.send("X: y\r\n"));
  expect_refused(slow, 408, "timed_out");
  EXPECT_TRUE(other.at_end()) << "who connects and says nothing is cut off too";
}

TEST_F(http_server_test, a_body_that_does_not_come_is_cut_off) {
  options.body_deadline = milliseconds(100);
  start();
  raw_peer peer = connect();
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  expect_refused(peer, 408, "timed_out");
}

TEST_F(http_server_test, an_idle_connection_is_closed_without_a_word) {
  options.idle_deadline = milliseconds(100);
  start();
  raw_peer peer = connect();
  peer.send(post("/echo", "a"));
  EXPECT_EQ(peer.receive().value().body, "a");
  EXPECT_TRUE(peer.at_end());
}

TEST_F(http_server_test, a_request_that_nobody_answers_in_time_is_504) {
  options.request_deadline = milliseconds(100);
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  const auto kept = handler.take();
  expect_refused(peer, 504, "timed_out");
  kept.responder.send({.body = "too late"});
}

TEST_F(http_server_test, a_client_that_does_not_read_is_cut_off) {
  options.write_deadline = milliseconds(100);
  start();
  raw_peer peer = connect();
  peer.send(get("/wait"));
  handler.take().responder.send({.body = std::string(64 * 1024 * 1024, 'x')});
  EXPECT_TRUE(has_connections(0));
}

TEST_F(http_server_test, connections_over_the_limit_are_turned_away_with_503) {
  options.max_connections = 2;
  start();
  raw_peer first = connect(), second = connect();
  ASSERT_TRUE(has_connections(2));
  raw_peer third = connect();
  expect_refused(third, 503, "overloaded");
  EXPECT_EQ(server->statistics().turned_away, 1U);
  second.reset();
  ASSERT_TRUE(has_connections(1));
  raw_peer fourth = connect();
  fourth.send(post("/echo", "a place is free"));
  EXPECT_EQ(fourth.receive().value().body, "a place is free");
}

TEST_F(http_server_test, one_address_cannot_take_all_connections) {
  options.max_connections_per_address = 1;
  start();
  raw_peer first = connect();
  ASSERT_TRUE(has_connections(1));
  raw_peer second = connect();
  expect_refused(second, 503, "overloaded");
}

}  // namespace
}  // namespace perdure::transport
