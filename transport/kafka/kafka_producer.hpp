#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/kafka/bundle_labels.hpp"
#include "transport/kafka/handles.hpp"
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
/// One thread: the log's driver. librdkafka's own threads only call `wake`.
class kafka_producer {
 public:
  using report_function = std::function<void(
      void* opaque, const runtime::expected<std::int64_t>& kafka_offset, rd_kafka_resp_err_t code)>;
  using line_function = std::function<void(int level, std::string_view text)>;

  struct callbacks {
    std::function<void()> wake;  ///< any thread: `poll` has something to do
    report_function report;      ///< during `poll` and `renew`: what became of a bundle
    line_function line;          ///< what librdkafka says, with the level of syslog
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

  /// Tells all reports that there are. True: a fatal error has come, `renew` is due.
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
  /// One round of events.
  void hear(int wait_ms);
  /// Until there is no bundle without report, or so long.
  void hear_until(runtime::duration limit);
  void hear_reports(rd_kafka_event_t* event);
  static void on_event(rd_kafka_t* client, void* self);

  const kafka_options options_;
  const runtime::clock& clock_;
  const callbacks heard_;
  kafka_client client_;
  kafka_queue events_;
  std::map<std::string, kafka_topic_handle, std::less<>> topics_;
  std::set<void*> out_;  ///< of the bundles without report
  bool ending_ = false;  ///< what is reported now was thrown away
};

}  // namespace perdure::transport
