#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/random.hpp"
#include "tests/unit/transport/memory_disk.hpp"
#include "transport/embedded_log.hpp"

namespace perdure::transport {

/// Time that passes when the test says so.
class hand_clock final : public runtime::clock {
 public:
  runtime::timestamp now() const override { return at_; }
  runtime::timestamp monotonic() const override { return at_; }
  void pass(runtime::duration time) { at_ = at_ + time; }

 private:
  runtime::timestamp at_{1};
};

class counting_random final : public runtime::random_source {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 0x5EED;
};

/// A record as tests compare it.
struct told {
  std::uint64_t at;
  std::uint32_t partition;
  std::string bytes;
  auto operator<=>(const told&) const = default;
};
told told_of(const runtime::log_record& record);
std::vector<told> told_of(std::span<const runtime::log_record> records);

/// A request of records, each of {partition, bytes}.
runtime::append_request request_of(
    const std::vector<std::pair<std::uint32_t, std::string>>& records);

/// A log on a file system, and what it told whom.
class log_world final : public runtime::log_listener {
 public:
  /// Small segments, so that a short test fills several.
  explicit log_world(file_system& files, std::string directory = "/log");

  embedded_log_options options;
  hand_clock clock;
  counting_random random;

  /// Opens, or opens again after `crash`. What was found is in `opened_with`.
  runtime::expected<void> open();
  /// The process is gone; whatever the log still does meets nobody.
  void crash() { log_.reset(); }

  embedded_log& log() { return *log_; }
  bool is_open() const { return log_ != nullptr; }

  /// Submits; the outcome will be in `outcomes` under the request's number, from 0.
  std::size_t submit(const std::vector<std::pair<std::uint32_t, std::string>>& records);
  /// Submits and writes. The offset of the first record.
  runtime::expected<runtime::offset> append(
      const std::vector<std::pair<std::uint32_t, std::string>>& records);
  runtime::expected<runtime::offset> append(std::string bytes) { return append({{1, bytes}}); }

  std::vector<told> opened_with;           ///< by the last opening
  std::vector<std::vector<told>> durable;  ///< as the listener heard, by batch
  std::map<std::size_t, runtime::expected<runtime::offset>> outcomes;
  std::vector<std::string> order;  ///< "durable 3", "outcome 0"…

  void on_durable(std::span<const runtime::log_record> records) override;

 private:
  file_system& files_;
  std::unique_ptr<embedded_log> log_;
  std::size_t requests_ = 0;
};

}  // namespace perdure::transport
