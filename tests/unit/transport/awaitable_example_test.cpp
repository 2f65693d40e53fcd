// The example of docs/authoring.md, "Steps that wait without a thread": it stands here word for
// word.

#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include "transport/awaitable_steps.hpp"

namespace {

using namespace std::chrono_literals;

using boost::asio::awaitable, boost::asio::ip::tcp;

inline constexpr perdure::step<std::string(std::string, int)> greeting{
    "greeting", perdure::attempt_timeout(10s)};

// The first line that a server says.
awaitable<std::string> read_greeting(std::string address, int port) {
  const auto host = boost::asio::ip::make_address(address);
  tcp::socket socket(co_await boost::asio::this_coro::executor);
  co_await socket.async_connect({host, static_cast<std::uint16_t>(port)},
                                boost::asio::use_awaitable);
  std::string line;
  co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(line), '\n',
                                         boost::asio::use_awaitable);
  co_return line;
}

void register_greeting(perdure::registry& offered) {
  perdure::awaitable_steps waiting(offered);  // one thread for all that are added to it
  waiting.add(greeting, read_greeting);
}

std::string content_of(const std::string& path) {
  const char* root = std::getenv("PERDURE_SOURCE_DIR");
  std::ifstream file(std::string(root != nullptr ? root : ".") + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(awaitable_example, stands_in_the_guide_as_it_stands_here) {
  const auto page = content_of("docs/authoring.md");
  const auto begin = page.find("using boost::asio::awaitable");
  ASSERT_NE(begin, page.npos);
  const auto shown = page.substr(begin, page.find("```", begin) - begin);
  EXPECT_GT(shown.size(), 500U);
  EXPECT_THAT(content_of("tests/unit/transport/awaitable_example_test.cpp"),
              ::testing::HasSubstr(shown));
}

TEST(awaitable_example, gives_what_the_server_says) {
  boost::asio::io_context io;
  tcp::acceptor server(io, {boost::asio::ip::address_v4::loopback(), 0});
  std::jthread answers([&server] {
    auto client = server.accept();
    boost::asio::write(client, boost::asio::buffer("220 ready\r\n", 11));
  });
  perdure::registry offered("test build");
  register_greeting(offered);
  perdure::runtime::step_attempt request;
  request.name = "greeting";
  request.arguments =
      perdure::encode_arguments(std::string("127.0.0.1"), int{server.local_endpoint().port()});
  const perdure::step_environment environment;
  perdure::step_context context(request, environment);
  std::promise<perdure::runtime::step_report> ended;
  std::get<perdure::asynchronous_step> (*offered.steps().find("greeting"))(
      context, request.arguments, [&ended](auto report) { ended.set_value(std::move(report)); });
  const auto report = ended.get_future().get();
  EXPECT_EQ(report.result, perdure::runtime::outcome::ok);
  EXPECT_EQ(perdure::decode<std::string>(report.body), "220 ready\r\n");
}

}  // namespace
