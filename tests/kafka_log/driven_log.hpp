#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/log.hpp"

namespace perdure::testing {

/// A record as tests compare it.
struct told_record {
  std::uint64_t at;
  std::uint32_t partition;
  std::string bytes;
  auto operator<=>(const told_record&) const = default;
};
told_record told_of(const runtime::log_record& record);

using given_record = std::pair<std::uint32_t, std::string>;  ///< partition, bytes

/// A log that is driven by a thread of its own, whatever its form: what was given to it, what it
/// told whom. All waits end after a minute, and fail the test.
class driven_log : public runtime::log_listener {
 public:
  ~driven_log() override = default;

  virtual runtime::log& log() = 0;
  /// Ends cleanly and opens again what is there. What opening shows is in `opened`.
  virtual void reopen() = 0;

  /// Submits; the outcome will be told under the number that this returns.
  std::size_t submit(const std::vector<given_record>& records);
  /// The outcome, waited for.
  runtime::expected<runtime::offset> outcome(std::size_t number);
  runtime::expected<runtime::offset> append(const std::vector<given_record>& records) {
    return outcome(submit(records));
  }

  /// Waits until so many records were heard, or more.
  void wait_for_heard(std::size_t count);
  /// Waits for something that listener or completions change.
  bool wait_until(const std::function<bool()>& is_so);

  std::vector<told_record> heard() const;  ///< by the listener, since the last opening
  std::vector<told_record> heard_of(std::uint32_t partition) const;
  std::vector<told_record> opened() const;
  std::vector<std::size_t> order() const;  ///< numbers of requests, as their outcomes came
  std::size_t outcomes() const;
  std::map<std::uint32_t, runtime::error> lost() const;
  /// The same, for what `wait_until` asks.
  const std::map<std::uint32_t, runtime::error>& lost_now() const { return lost_; }
  bool has_said(std::string_view text) const;
  bool wait_until_said(std::string_view text);  ///< false: not within a minute

  void on_durable(std::span<const runtime::log_record> records) override;
  void on_lost(runtime::partition_index partition, const runtime::error& why) override;
  void on_forgotten(runtime::partition_index partition) override;

  /// From now on the log's driver stands still where it tells something.
  void stand_still();
  void go_on();
  /// What was heard of when something was forgotten: how many records before it.
  const std::map<std::uint32_t, std::size_t>& forgotten_now() const { return forgotten_; }

 protected:
  void begin_opening();
  void show(std::span<const runtime::log_record> records);  ///< while it is opened
  void say(std::string text);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<told_record> heard_;
  std::vector<told_record> opened_;
  std::map<std::size_t, runtime::expected<runtime::offset>> outcomes_;
  std::vector<std::size_t> order_;
  std::map<std::uint32_t, runtime::error> lost_;
  std::map<std::uint32_t, std::size_t> forgotten_;
  bool still_ = false;
  std::vector<std::string> said_;
  std::size_t requests_ = 0;
};

}  // namespace perdure::testing
