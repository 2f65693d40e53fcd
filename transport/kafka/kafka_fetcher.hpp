#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/kafka/bundle_source.hpp"
#include "transport/kafka/client_complaints.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// Asks brokers for what was read before: single bundles by their place, where a partition begins
/// and ends. Blocks, always with an end. Any thread; fetches come one after the other.
class kafka_fetcher final : public bundle_source {
 public:
  static runtime::expected<std::unique_ptr<kafka_fetcher>> open(const kafka_options& options,
                                                                const runtime::clock& clock);

  runtime::expected<void> fetch(const kafka_partition& from, std::span<const std::int64_t> places,
                                runtime::duration patience, const bundle_function& take) override;
  runtime::expected<void> fetch_on(const kafka_partition& from, std::int64_t first,
                                   std::int64_t last, runtime::duration patience,
                                   const bundle_function& take) override;
  runtime::expected<ends> ends_of(const kafka_partition& of, runtime::duration patience) override;

  /// Why no broker will answer, if the client knows it: see client_complaints.
  std::optional<runtime::error> refusal() { return complaints_.refusal(); }

  /// Ends fetches that wait, and all that come, as `unavailable`.
  void stop_fetching() { stopping_ = true; }

 private:
  struct range {
    const kafka_partition& from;
    rd_kafka_topic_t& topic;
    std::int64_t last;
    runtime::duration patience;
  };

  kafka_fetcher(kafka_client client, const runtime::clock& clock);

  runtime::expected<std::int64_t> end_of(const kafka_partition& of, std::int64_t which,
                                         runtime::duration patience);
  /// Brokers say that it is not there; false if they do not answer.
  bool is_missing(const kafka_partition& of, runtime::duration patience);
  runtime::error unanswered(const kafka_partition& from, rd_kafka_resp_err_t code);
  runtime::expected<rd_kafka_topic_t*> topic(const std::string& name);
  /// Reads on from where the consumption of a partition began.
  runtime::expected<void> read_range(const range& of, const bundle_function& take);

  const runtime::clock& clock_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  ///< one fetch at a time; guards the topics
  kafka_client client_;
  client_complaints complaints_;
  std::map<std::string, kafka_topic_handle> topics_;
};

}  // namespace perdure::transport
