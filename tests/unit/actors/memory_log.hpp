#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "runtime/log.hpp"
#include "runtime/record.hpp"

namespace perdure::actors {

/// A log that lives as long as the test: nodes come and go on it. Writes by a thread of its own, or
/// only when told. With or without atomic batches.
class memory_log final : public runtime::log {
 public:
  enum class batches { atomic, single };
  explicit memory_log(batches kind = batches::atomic) : kind_(kind) {}
  ~memory_log() override { stop(); }

  void set_listener(runtime::log_listener* listener) {
    const std::lock_guard lock(mutex_);
    listener_ = listener;
  }
  /// Starts and ends the thread that writes.
  void drive();
  void stop();
  /// What is submitted waits from now on, until `let_go`, beyond `stop` too.
  void hold_back();
  void let_go();
  /// What waits is gone, as in a crash.
  void lose_waiting();
  /// Something waits that was not written.
  bool waits() const { return waiting() != 0; }
  /// How many requests that are.
  std::size_t waiting() const;
  /// Blocks until that.
  void wait_for_waiting();
  /// The next so many requests end as `outcome_unknown`, whether they land or not: those with a
  /// message to another partition, or all others. Only without atomic batches.
  enum class fate { lost, landed };
  void fail_messages(int count, fate what) { fail_next(count, what, true); }
  void fail_others(int count, fate what) { fail_next(count, what, false); }
  /// The same for what a test says: whether a request whose first record is of that kind fails so.
  std::function<std::optional<fate>(runtime::record_kind)> fails;
  /// Called before every `read_at`: a test makes reads wait by it.
  std::function<void()> before_read;
  /// From now on every `read_at` fails as on a disk that cannot be read.
  std::atomic<bool> reads_fail = false;
  /// The next so many fail as of a log that cannot be reached.
  std::atomic<int> reads_unavailable = 0;
  /// Everything in it, in order.
  std::vector<runtime::log_record> records() const;
  /// Puts a record behind all others, as a foreign writer would.
  void put(runtime::partition_index partition, std::string bytes);

  void submit(runtime::append_request request) override;
  runtime::expected<std::size_t> run_once() override;
  void wait_for_work() override;
  void stop_waiting() override;
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset before) override {
    trimmed = before;
    return {};
  }
  runtime::offset end(runtime::partition_index partition) const override;
  bool atomic_batches() const override { return kind_ == batches::atomic; }
  std::size_t limit_bytes() const override { return limit; }

  std::size_t limit = std::size_t{16} << 20;
  runtime::offset trimmed;  ///< all before may go, as was said last; read by who says it

 private:
  void fail_next(int count, fate what, bool messages);
  std::optional<fate> fate_of(const runtime::append_request& request);
  bool is_over_limit(const runtime::append_request& request) const;
  /// The offset of its first record. REQUIRES: mutex_ held.
  runtime::offset store(const runtime::append_request& request,
                        std::vector<runtime::log_record>& written);

  const batches kind_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<runtime::append_request> waiting_;
  std::vector<runtime::log_record> records_;
  int failing_ = 0;
  bool messages_fail_ = false;
  fate failing_how_ = fate::lost;
  runtime::log_listener* listener_ = nullptr;
  bool held_ = false, stopping_ = false;
  std::jthread writer_;
};

}  // namespace perdure::actors
