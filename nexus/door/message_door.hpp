#pragma once

#include <array>
#include <atomic>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "nexus/door/delivery_check.hpp"
#include "nexus/door/door_keys.hpp"
#include "runtime/log.hpp"
#include "runtime/membership/neighbours.hpp"
#include "runtime/turn_executor.hpp"
#include "transport/http_responder.hpp"

namespace perdure::nexus {

/// Why a delivery was refused, for metrics.
enum class door_refusal : std::uint8_t {
  not_signed,  ///< no key, another key, a signature that does not fit
  not_here,    ///< another path or method, a namespace that is none of this node's
  not_known,   ///< the registry, as far as this node has read, lacks the sender
  wrong,       ///< what a door does not take: `check_delivered`
  overloaded,  ///< too much on its way to the log
  closed,      ///< the node starts or ends
  not_durable  ///< the log has not taken all
};
inline constexpr std::size_t door_refusals = 7;
std::string_view name(door_refusal why);

struct door_statistics {
  std::uint64_t deliveries = 0;                           ///< of which all is durable
  std::uint64_t messages = 0;                             ///< durable
  std::array<std::uint64_t, door_refusals> refused = {};  ///< by door_refusal
};

struct door_options {
  std::size_t bytes_in_flight = std::size_t{64}
                                << 20;  ///< on their way to the log; more is refused
};

/// Where the namespaces of a node take messages of others (DESIGN 3.6,
/// docs/adr/0014-doors-between-processes.md): checks who sends and what, appends it to the own log,
/// answers when that is durable. One request, `POST /v1/doors/{namespace}`. Any thread; outlives
/// the server that calls it.
class message_door final : public transport::http_handler {
 public:
  using report_function = std::function<void(runtime::log_line::level, std::string)>;
  using own_namespaces = std::map<std::string, runtime::membership::cluster_namespace, std::less<>>;

  /// `keys` outlives it.
  message_door(door_keys& keys, report_function report, door_options options = {});

  /// From now on it appends to `log`, which outlives `close`.
  void open(runtime::log& log, own_namespaces own);
  /// What the registry says of the others now.
  void know(runtime::membership::neighbours neighbours);
  /// Appends nothing any more.
  void close();

  void handle(transport::http_request request, transport::http_responder responder) override;
  door_statistics statistics() const;

 private:
  struct refusal {
    door_refusal why;
    unsigned status;
    runtime::error error;
  };
  struct landing;  ///< one delivery on its way to the log
  struct counters {
    std::atomic<std::uint64_t> deliveries = 0, messages = 0;
    std::atomic<std::size_t> bytes = 0;
    std::array<std::atomic<std::uint64_t>, door_refusals> refused = {};
  };

  runtime::expected<door_key> authenticate(const transport::http_request& request);
  std::expected<void, refusal> admit(const transport::http_request& request,
                                     transport::http_responder responder);
  runtime::expected<void> fill(landing& into, const delivery_sides& sides,
                               const std::string& body) const;
  std::expected<delivery_sides, refusal> sides_of(const std::string& from,
                                                  std::string_view target) const;
  void append(const std::shared_ptr<landing>& what);
  void tell(const std::string& from, const refusal& why);

  door_keys& keys_;
  const report_function report_;
  const door_options options_;
  const std::shared_ptr<counters> counted_ = std::make_shared<counters>();
  mutable std::mutex mutex_;
  runtime::log* log_ = nullptr;  ///< null: closed
  own_namespaces own_;
  runtime::membership::neighbours neighbours_;
  std::map<std::string, std::string> told_;  ///< the last reason, by sender
};

}  // namespace perdure::nexus
