#include "transport/tcp_sockets.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::shared_socket;

using address_list =
    std::unique_ptr<addrinfo, decltype([](addrinfo* list) { freeaddrinfo(list); })>;

std::string words_of(int number) { return std::generic_category().message(number); }

expected<address_list> find(const host_port& where, int flags, errc code) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(where.port);
  if (const int failed = getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found); failed != 0)
    return fail(code, fmt::format("{}: {}", where.text(), gai_strerror(failed)));
  return address_list(found);
}

shared_socket own(int number) {
  return std::make_shared<runtime::open_socket>(number, [](int taken) { ::close(taken); });
}

void set(int socket, int level, int option, int value) {
  setsockopt(socket, level, option, &value, sizeof(value));
}

/// A machine that is gone says nothing. Whom a listening socket accepts has all this, too.
void end_after_silence(int socket) {
  constexpr int seconds = static_cast<int>(longest_silence.us / 1'000'000), every = 2;
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, every);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, every);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, seconds / every - 1);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1'000);
}

std::uint16_t port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

/// 0, or the system's number of what went wrong.
int wait_until_connected(int socket, runtime::duration limit) {
  pollfd waiting{socket, POLLOUT, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(limit.us / 1'000));
  if (ready == 0) return ETIMEDOUT;
  if (ready < 0) return errno;
  int failed = 0;
  socklen_t size = sizeof(failed);
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &failed, &size) != 0) return errno;
  return failed;
}

}  // namespace

expected<tcp_listener> listen_at(const host_port& where) {
  const auto addresses = find(where, AI_PASSIVE, errc::io_failed);
  if (!addresses) return std::unexpected(addresses.error());
  const addrinfo& first = **addresses;
  const int number = ::socket(first.ai_family, first.ai_socktype | SOCK_CLOEXEC, 0);
  if (number < 0) return fail(errc::io_failed, words_of(errno));
  auto socket = own(number);
  set(number, SOL_SOCKET, SO_REUSEADDR, 1);
  end_after_silence(number);
  if (::bind(number, first.ai_addr, first.ai_addrlen) != 0 || ::listen(number, SOMAXCONN) != 0)
    return fail(errc::io_failed, fmt::format("{}: {}", where.text(), words_of(errno)));
  return tcp_listener{std::move(socket), port_of(number)};
}

expected<shared_socket> connect_to(const host_port& where, runtime::duration limit) {
  const auto addresses = find(where, 0, errc::unavailable);
  if (!addresses) return std::unexpected(addresses.error());
  int failed = EHOSTUNREACH;
  for (const auto* one = addresses->get(); one != nullptr; one = one->ai_next) {
    const int number = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (number < 0) continue;
    auto socket = own(number);
    end_after_silence(number);
    failed = ::connect(number, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (failed == EINPROGRESS) failed = wait_until_connected(number, limit);
    if (failed == 0) return socket;
  }
  return fail(errc::unavailable, fmt::format("{}: {}", where.text(), words_of(failed)));
}

}  // namespace perdure::transport
