#include "transport/tcp_dialer.hpp"

#include <future>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/tcp_sockets.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::shared_socket;
using ::testing::HasSubstr;

std::string why_not(std::string_view text) {
  const auto parsed = parse_host_port(text);
  return parsed ? std::string() : parsed.error().message;
}

expected<shared_socket> dial(runtime::dialer& through, const std::string& address) {
  auto answer = std::make_shared<std::promise<expected<shared_socket>>>();
  through.dial(address, [answer](auto socket) { answer->set_value(std::move(socket)); });
  return answer->get_future().get();
}

TEST(host_port, is_read_and_written_the_same) {
  for (const std::string text : {"127.0.0.1:0", "node-1.internal:7090", "[::1]:65535"}) {
    const auto parsed = parse_host_port(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->text(), text);
  }
}

TEST(host_port, says_what_is_wrong) {
  EXPECT_EQ(why_not("node-1"), "has no port");
  EXPECT_EQ(why_not("[::1]"), "has no port");
  EXPECT_EQ(why_not(":80"), "has no host");
  EXPECT_EQ(why_not("::1:80"), "has a character that is not allowed");
  EXPECT_EQ(why_not("a b:80"), "has a character that is not allowed");
  EXPECT_EQ(why_not("a:65536"), "has no port from 0 to 65535");
  EXPECT_EQ(why_not("a:80x"), "has no port from 0 to 65535");
  EXPECT_EQ(why_not("a:"), "has no port from 0 to 65535");
}

TEST(host_port, knows_loopback_and_every_address) {
  EXPECT_TRUE(parse_host_port("127.0.0.2:1")->is_loopback());
  EXPECT_TRUE(parse_host_port("localhost:1")->is_loopback());
  EXPECT_TRUE(parse_host_port("[::1]:1")->is_loopback());
  EXPECT_FALSE(parse_host_port("10.0.0.7:1")->is_loopback());
  EXPECT_TRUE(parse_host_port("0.0.0.0:1")->is_any());
  EXPECT_TRUE(parse_host_port("[::]:1")->is_any());
}

TEST(tcp_dialer, reaches_who_listens_at_a_free_port) {
  const auto listener = listen_at({"127.0.0.1", 0});
  ASSERT_TRUE(listener) << listener.error().message;
  ASSERT_NE(listener->port, 0);
  tcp_dialer dialer;
  const auto reached = dial(dialer, host_port{"127.0.0.1", listener->port}.text());
  ASSERT_TRUE(reached) << reached.error().message;
  EXPECT_TRUE(dial(dialer, host_port{"localhost", listener->port}.text()));
}

TEST(tcp_dialer, a_machine_that_is_gone_is_noticed_on_both_sides) {
  const auto listener = listen_at({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  tcp_dialer dialer;
  const auto reached = dial(dialer, host_port{"127.0.0.1", listener->port}.text());
  ASSERT_TRUE(reached);
  const int listens = listener->socket->take();
  const int calls = (*reached)->take();
  const int called = ::accept(listens, nullptr, nullptr);
  for (const int end : {calls, called}) {
    int alive = 0;
    int silence_ms = 0;
    socklen_t size = sizeof(int);
    getsockopt(end, SOL_SOCKET, SO_KEEPALIVE, &alive, &size);
    getsockopt(end, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, &size);
    EXPECT_NE(alive, 0);
    EXPECT_EQ(silence_ms, 10'000);
  }
  for (const int end : {listens, calls, called}) ::close(end);
}

TEST(tcp_dialer, says_why_nobody_is_reached) {
  std::uint16_t port = 0;
  {
    const auto gone = listen_at({"127.0.0.1", 0});
    ASSERT_TRUE(gone);
    port = gone->port;
  }
  tcp_dialer dialer;
  const auto refused = dial(dialer, host_port{"127.0.0.1", port}.text());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("refused"));
  EXPECT_EQ(dial(dialer, "no address").error().code, errc::unavailable);
}

TEST(tcp_dialer, a_port_that_is_taken_is_an_error_in_the_systems_words) {
  const auto first = listen_at({"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const auto second = listen_at({"127.0.0.1", first->port});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(tcp_dialer, after_its_stop_it_calls_nobody) {
  tcp_dialer dialer;
  dialer.stop();
  auto keeper = std::make_shared<int>();
  dialer.dial("127.0.0.1:1", [keeper](const auto&) { FAIL(); });
  EXPECT_EQ(keeper.use_count(), 1);
}

}  // namespace
}  // namespace perdure::transport
