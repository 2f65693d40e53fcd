#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/log.hpp"
#include "runtime/random.hpp"
#include "runtime/turn_executor.hpp"
#include "transport/kafka/bundled_log.hpp"
#include "transport/kafka/drive_lock.hpp"
#include "transport/kafka/fetch_pace.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/kafka/kafka_groups.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"
#include "transport/kafka/kafka_producer.hpp"
#include "transport/kafka/kafka_reader.hpp"
#include "transport/kafka/kafka_trimmer.hpp"
#include "transport/kafka/kafka_watch.hpp"
#include "transport/submit_queue.hpp"

namespace perdure::transport {

/// What a log on Kafka needs from outside; all of it outlives the log.
struct kafka_environment {
  const runtime::clock& clock;
  runtime::random_source& random;  ///< tells this log's bundles from all others
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
};

/// The log on Kafka (DESIGN 8, docs/adr/0011-kafka-log.md): an append is acknowledged when the
/// brokers have it on all replicas in sync. Appends wait while brokers are away; what is lost in a
/// producer that had to be thrown away is `outcome_unknown`, and a fresh one goes on.
///
/// Each partition has offsets of its own, with gaps, and shares no batch with another: each of a
/// request's partitions gets, or does not get, its records by itself; those of one partition stand
/// together. The listener hears them in each partition's order, sooner or later than the
/// completions. A partition that does not hold any more what was read of it is told by `on_lost`:
/// nothing of it is read or written from then on. One whose oldest may go, and of which something
/// went that was not read yet, is told by `on_forgotten`.
///
/// Threads: `run_once` and `wait_for_work` belong to the driver; all else to any thread. What comes
/// alone does not wait for the driver (docs/adr/0017-what-is-alone.md): the thread that submits it
/// sends it, and a thread of librdkafka's tells its outcome and the listener, never two at a time.
/// The log has one of its own, the watch's, which ends with `close`.
class kafka_log final : public runtime::log {
 public:
  /// Records of one bundle, in order.
  using record_visitor = std::function<void(std::span<const runtime::log_record>)>;

  /// Reads every partition from its first record (or from one of the newest, see kafka_topic) to
  /// the end that the brokers told at the start, and shows what it reads, each partition in order.
  /// REQUIRES: the topics are there (kafka_topics). Errors: `unavailable` if no broker answers,
  /// `invalid_argument` for options, `not_found`. A partition that cannot be read is no error, it
  /// is among `lost`.
  static runtime::expected<std::unique_ptr<kafka_log>> open(const kafka_options& options,
                                                            std::span<const kafka_topic> topics,
                                                            kafka_environment environment,
                                                            const record_visitor& visit);
  ~kafka_log() override;

  /// REQUIRES: before the first `run_once`; the listener is there until `leave`.
  void set_listener(runtime::log_listener& listener) { listener_ = &listener; }

  /// How far a partition was applied: 0, and its group is not told. By one node for each partition,
  /// for dashboards that show what its owner has yet to do. Until then no group is told anything.
  using applied_function = std::function<runtime::offset(runtime::partition_index)>;
  /// `applied` is asked until the log is closed, by any thread. Any thread.
  void tell_groups(applied_function applied);

  void submit(runtime::append_request request) override;
  /// Sends what waits, tells outcomes and what was read. Never an error: failures are the requests'
  /// or the partitions'.
  runtime::expected<std::size_t> run_once() override;
  void wait_for_work() override;
  void stop_waiting() override;
  /// The driver goes: nobody sends or tells anything any more, unless there is another one.
  /// Driver's thread.
  void leave();
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  /// Of partitions whose oldest may go (see kafka_topic): they are deleted, some time later. Of all
  /// others, without a state store, everything is needed, and kept.
  runtime::expected<void> trim(runtime::offset before) override;
  /// The last record that was read.
  runtime::offset end(runtime::partition_index partition) const override;
  bool atomic_batches() const override { return false; }
  /// A request counts its records and 4 bytes for each.
  std::size_t limit_bytes() const override { return log_.limit_bytes(); }

  /// True: nothing waits, nothing is on its way. Any thread.
  bool is_idle() const;
  /// Ends all that runs; requests that are on their way get a last while for their outcome, those
  /// that wait complete as `unavailable`. REQUIRES: no driver any more. The destructor does it too.
  void close();

  /// Partitions that could not be opened, and why.
  const std::map<runtime::partition_index, runtime::error>& lost() const { return lost_; }

  /// Opening has read that partition from its very first record.
  bool is_read_whole(runtime::partition_index partition) const;

  /// How often a producer had to be thrown away.
  std::uint64_t renewals() const { return renewals_; }
  /// For tests of what librdkafka cannot be brought to do otherwise: its producer meets a fatal
  /// error soon. Any thread.
  void break_producer();
  /// How it wants to fetch now; what it cannot change yet goes on as before
  /// (docs/adr/0016-fetches-in-bulk.md). Any thread.
  pace fetching() const { return pace_; }
  /// For tests, which cannot say how much comes in a second: it fetches so from soon on. Any
  /// thread.
  void pin(pace to);

 private:
  kafka_log(const kafka_options& options, std::span<const kafka_topic> topics,
            kafka_environment environment);

  runtime::expected<void> make_clients();
  runtime::expected<void> read_to_the_ends(const record_visitor& visit);
  runtime::expected<std::vector<std::int64_t>> find_ends();
  bool begins_later(std::size_t partition);

  bool send_alone(runtime::append_request& request);
  void hear_alone();
  void go_on_later();
  void take_submitted();
  void heed_findings();
  void skip_to(std::size_t partition, std::int64_t first);
  /// With a bundle that librdkafka does not take.
  enum class on_refusal {
    tell,   ///< who waits for it
    leave,  ///< it to the driver, which will tell it
  };
  void send_waiting(on_refusal then);
  void send(bundled_partition& from, on_refusal then);
  void on_report(bundled_partition& of, const runtime::expected<std::int64_t>& at,
                 rd_kafka_resp_err_t code);
  std::size_t read_on();
  std::size_t tell(std::span<const bundle_tail::held_bundle> bundles);
  void look_at_pace();
  void on_trouble(std::size_t partition, rd_kafka_resp_err_t code);
  /// Of what was read; null: there is nothing to tell.
  bundle_tail::held_bundle heed(std::size_t partition,
                                runtime::expected<bundle_tail::held_bundle> read);
  void lose(std::size_t partition, const runtime::error& why);
  runtime::offset applied(runtime::partition_index partition);
  void say(int level, std::string_view text);

  const kafka_options options_;
  const kafka_environment environment_;
  runtime::log_listener* listener_ = nullptr;
  std::mutex applied_mutex_;
  applied_function applied_;
  submit_queue queue_;
  bundled_log log_;  ///< but for what any thread may do with it, of whoever drives
  std::map<runtime::partition_index, runtime::error> lost_;
  std::atomic<std::uint64_t> renewals_ = 0;
  std::atomic<bool> to_break_ = false;
  std::atomic<pace> pace_ = pace::at_once;
  std::atomic<std::optional<pace>> pinned_;

  kafka_groups groups_;  ///< the watch's own
  kafka_trimmer trimmer_;
  std::unique_ptr<kafka_fetcher> fetcher_;
  std::unique_ptr<kafka_reader> reader_;
  std::unique_ptr<kafka_producer> producer_;
  std::unique_ptr<kafka_watch> watch_;

  // Of whoever drives.
  mutable drive_lock driving_;
  bool driven_ = false;  ///< there is a driver
  std::vector<runtime::append_request> taken_;
  std::vector<bundle_tail::held_bundle> landed_;  ///< to be told to the listener
  fetch_pace fetch_pace_;
  runtime::timestamp last_look_{};
  bool opening_ = true;
  bool more_ = false;  ///< to read at once
  runtime::timestamp quiet_until_{};
  bool closed_ = false;
};

}  // namespace perdure::transport
