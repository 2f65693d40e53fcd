#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "nexus/door/door_attempts.hpp"
#include "nexus/door/door_keys.hpp"
#include "nexus/door/door_queue.hpp"
#include "runtime/clock.hpp"
#include "runtime/random.hpp"
#include "runtime/turn_executor.hpp"
#include "transport/http_client.hpp"

namespace perdure::nexus {

/// What those who carry messages to doors need. All of it outlives them.
struct door_environment {
  const runtime::clock& clock;
  runtime::random_source& random;
  door_keys& keys;
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
};

struct door_link_statistics {
  std::string from, to;         ///< namespaces
  std::uint64_t delivered = 0;  ///< messages
  std::uint64_t failures = 0;   ///< deliveries that were refused, or not answered
  std::size_t waiting = 0;      ///< messages
  runtime::duration oldest;     ///< how long the one that waits longest has
};

/// Carries the messages of one namespace to the doors of another, on a thread of its own, until
/// they are durable there (docs/adr/0014-doors-between-processes.md). Any thread.
class door_link {
 public:
  door_link(std::string from, std::string to, door_environment world);
  ~door_link() { stop(); }
  door_link(const door_link&) = delete;
  door_link& operator=(const door_link&) = delete;

  void send(runtime::foreign_message message);
  /// Where the doors are now.
  void know(std::vector<std::string> doors);
  /// Waits for a delivery that is on its way, and delivers nothing any more.
  void stop();
  door_link_statistics statistics() const;

 private:
  using lock = std::unique_lock<std::mutex>;
  struct answer {
    std::optional<door_wire::Receipt> receipt;
    std::string problem;  ///< empty: all is durable
  };

  void run(const std::stop_token& stop);
  std::optional<std::string> wait_for_work(lock& held, const std::stop_token& stop);
  void deliver(lock& held, const std::string& door);
  answer ask(const std::string& door, const std::string& body, std::size_t entries);
  answer read_answer(const transport::http_response& response, const door_key& key,
                     std::string_view signature, std::size_t entries);
  void tell_problem(const std::string& problem);
  void tell_better();

  const std::string from_, to_;
  const door_environment world_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  door_queue queue_;
  door_attempts attempts_;
  door_link_statistics counted_;
  std::string problem_;  ///< as told last; empty: all is well
  // The thread's own.
  std::string connected_to_;
  std::optional<transport::http_client> client_;
  std::jthread thread_;
};

}  // namespace perdure::nexus
