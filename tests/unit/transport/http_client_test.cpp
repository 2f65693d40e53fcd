#include "transport/http_client.hpp"

#include <functional>
#include <thread>

#include "tests/unit/transport/http_server_fixture.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::milliseconds;

/// Takes one connection after the other and answers each with fixed bytes, then closes.
class fake_server {
 public:
  explicit fake_server(std::vector<std::string> answers)
      : thread_([this, answers = std::move(answers)] {
          for (const std::string& answer : answers) {
            auto socket = acceptor_.accept();
            std::array<char, 4096> request;
            boost::system::error_code ignored;
            socket.read_some(boost::asio::buffer(request), ignored);
            boost::asio::write(socket, boost::asio::buffer(answer), ignored);
            socket.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
          }
        }) {}
  http_endpoint endpoint() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{
      io_, {boost::asio::ip::make_address("127.0.0.1"), std::uint16_t{0}}};
  std::jthread thread_;
};

struct http_client_test : http_server_test {
  http_client client_of_server() { return http_client({.server = {"127.0.0.1", server->port()}}); }
  static http_request echo(std::string body) {
    return {.method = http_method::post, .target = "/echo", .body = std::move(body)};
  }
  static errc error_of(const std::vector<std::string>& answers, http_client_options options = {},
                       http_method method = http_method::post) {
    fake_server server(answers);
    options.server = server.endpoint();
    http_client client(options);
    const auto response = client.send({.method = method, .target = "/"});
    return response ? errc{} : response.error().code;
  }
};

TEST_F(http_client_test, keeps_its_connection) {
  start();
  http_client client = client_of_server();
  for (int i = 0; i < 20; ++i) {
    const auto response = client.send(echo(std::to_string(i)));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200U);
    EXPECT_EQ(response->content_type, "text/plain");
    EXPECT_EQ(response->body, std::to_string(i));
  }
  EXPECT_EQ(server->statistics().accepted, 1U);
}

TEST_F(http_client_test, connects_anew_when_the_server_has_closed_meanwhile) {
  options.idle_deadline = milliseconds(50);
  start();
  http_client client = client_of_server();
  ASSERT_TRUE(client.send(echo("a")));
  ASSERT_TRUE(has_connections(0));
  EXPECT_EQ(client.send(echo("b")).value().body, "b");
}

TEST_F(http_client_test, errors_of_the_server_are_responses) {
  options.limits.body_bytes = 10;
  start();
  http_client client = client_of_server();
  const auto response = client.send(echo(std::string(100'000, 'x')));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 413U);
  EXPECT_EQ(client.send(echo("small")).value().body, "small");
}

TEST_F(http_client_test, head_has_no_body) {
  start();
  http_client client = client_of_server();
  const auto response = client.send({.method = http_method::head, .target = "/echo"});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(client.send(echo("next")).value().body, "next");
}

TEST_F(http_client_test, nobody_listening_is_unavailable) {
  start();
  const http_endpoint nobody{"127.0.0.1", server->port()};
  server->stop();
  http_client client({.server = nobody});
  const auto response = client.send(echo("a"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, errc::unavailable);
  EXPECT_NE(response.error().message.find("is the server running"), std::string::npos);
}

TEST_F(http_client_test, a_server_that_does_not_answer_is_timed_out) {
  options.half_closed_grace = milliseconds(50);
  start();
  http_client client = client_of_server();
  const auto response = client.send({.target = "/wait"}, milliseconds(50));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, errc::timed_out);
  EXPECT_EQ(client.send(echo("after")).value().body, "after");
}

TEST_F(http_client_test, a_connection_that_breaks_leaves_the_outcome_unknown) {
  EXPECT_EQ(error_of({""}), errc::outcome_unknown);
  EXPECT_EQ(error_of({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}), errc::outcome_unknown);
}

TEST_F(http_client_test, what_is_not_http_is_an_error) {
  EXPECT_EQ(error_of({"SSH-2.0-OpenSSH\r\n\r\n"}), errc::io_failed);
}

TEST_F(http_client_test, a_response_over_the_limit_is_an_error) {
  EXPECT_EQ(error_of({"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabcdefghijk"},
                     {.response_bytes = 10}),
            errc::too_large);
}

TEST_F(http_client_test, a_read_on_a_kept_connection_that_broke_is_sent_again) {
  fake_server server({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
                      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"});
  http_client client({.server = server.endpoint()});
  EXPECT_EQ(client.send({.target = "/"}).value().body, "1");
  EXPECT_EQ(client.send({.target = "/"}).value().body, "2");
}

}  // namespace
}  // namespace perdure::transport
