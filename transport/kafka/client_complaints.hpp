#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/kafka/handles.hpp"

namespace perdure::transport {

/// A line that a client of Kafka said; the level is syslog's.
using client_line = std::function<void(int level, std::string_view text)>;

/// Passes on what an event says, if it is an error or a line; never a secret.
void pass_on(rd_kafka_event_t& event, const client_line& line);

/// A client that is refused tries again for so long: a broker that starts may not know its users
/// yet.
inline constexpr auto patience_with_refusal = runtime::seconds(3);

/// What a client says to nobody: it waits in the client's queue, without a limit, until it is
/// taken. The newest complaint is kept, for who must say why no broker answers: the client itself
/// tells him no more than that the time is over. Any thread.
class client_complaints {
 public:
  /// REQUIRES: nobody else takes the client's events; the client outlives this.
  explicit client_complaints(rd_kafka_t& client);

  /// It is answered: what it complained of is over. Call this, or one of the others, now and then.
  void forget();

  /// `denied`, with what to change, if brokers were there and refused this client's log-in, or one
  /// of both the other's TLS.
  std::optional<runtime::error> refusal();

  /// The newest complaint as the end of a sentence: "; Kafka's client says: …", or nothing.
  std::string words();

 private:
  void take_all();

  std::mutex mutex_;
  kafka_queue events_;
  std::string newest_;
  std::optional<runtime::error> refusal_;
};

}  // namespace perdure::transport
