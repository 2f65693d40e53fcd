#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/kafka/bundle_labels.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_clients.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// One record of Kafka's on its way out. The bytes stay where they are until its report.
struct outgoing_bundle {
  rd_kafka_topic_t* topic = nullptr;
  std::int32_t partition = 0;
  std::string_view bytes;
  std::uint32_t records = 0;
  void* opaque = nullptr;  ///< comes back with the report
};

/// Whether a bundle left.
enum class departure {
  left,     ///< a report will come
  full,     ///< the client holds too much already: try again later
  refused,  ///< it never will as it is; `why` in the outcome says it
};

/// An idempotent producer, thrown away and made anew after a fatal error (DESIGN 5.4): librdkafka
/// cannot go on after one, and what was in it may be in the log or not.
///
/// One thread at a time: whoever drives the log. librdkafka's own only call `wake` and
/// `acknowledged`.
class kafka_producer {
 public:
  using report_function = std::function<void(
      void* opaque, const runtime::expected<std::int64_t>& kafka_offset, rd_kafka_resp_err_t code)>;
  using line_function = std::function<void(int level, std::string_view text)>;

  struct callbacks {
    std::function<void()> wake;          ///< any thread: `poll` has something to do
    std::function<void()> acknowledged;  ///< any thread: `tell_acknowledged` has
    report_function report;              ///< by both, `renew` and `finish`: a bundle's fate
    line_function line;                  ///< what librdkafka says, with the level of syslog
  };

  static runtime::expected<std::unique_ptr<kafka_producer>> open(const kafka_options& options,
                                                                 const runtime::clock& clock,
                                                                 callbacks heard);
  ~kafka_producer();
  kafka_producer(const kafka_producer&) = delete;
  kafka_producer& operator=(const kafka_producer&) = delete;

  /// A word for a topic, good until the next `renew`: ask again before each bundle.
  rd_kafka_topic_t* topic(const std::string& name);

  departure send(const outgoing_bundle& bundle, const bundle_labels& labels, runtime::error& why);

  /// How many bundles have no report yet that was told. Any thread.
  std::size_t on_their_way() const { return on_their_way_.load(std::memory_order_relaxed); }
  /// Tells what was acknowledged.
  void tell_acknowledged();
  /// The same, and what else there is to hear. True: a fatal error has come, `renew` is due.
  bool poll();
  /// A fresh producer: every bundle that has no report yet gets `outcome_unknown`.
  runtime::expected<void> renew();
  /// Waits for the reports, at most so long; what has none then is `outcome_unknown`. Of no use
  /// afterwards.
  void finish(runtime::duration limit);

  /// For tests: librdkafka's fatal errors cannot be brought about otherwise.
  rd_kafka_t& client() { return *client_; }

 private:
  kafka_producer(kafka_options options, const runtime::clock& clock, callbacks heard)
      : options_(std::move(options)), clock_(clock), heard_(std::move(heard)) {}

  runtime::expected<void> make();
  void end_client();
  void hear_events();
  /// Until there is no bundle without report, or so long.
  void hear_until(runtime::duration limit);
  void hear_failures(rd_kafka_event_t* event);
  void note_in(void* opaque);
  void note_out(void* opaque);
  bool has_fatal_error() const;
  static void on_event(rd_kafka_t* client, void* self);
  static void on_acknowledged(void* self, const rd_kafka_message_t& message);

  const kafka_options options_;
  const runtime::clock& clock_;
  const callbacks heard_;
  acknowledgement_hook hook_{&kafka_producer::on_acknowledged, this};
  kafka_client client_;
  kafka_queue events_;
  std::map<std::string, kafka_topic_handle, std::less<>> topics_;
  std::set<void*> out_;  ///< of the bundles without report
  std::atomic<std::size_t> on_their_way_ = 0;
  bool ending_ = false;  ///< what is reported now was thrown away

  struct landed_bundle {
    void* opaque;
    std::int64_t at;
  };
  std::mutex landed_mutex_;
  std::condition_variable one_landed_;
  std::vector<landed_bundle> landed_;  ///< that were not told yet
};

}  // namespace perdure::transport
