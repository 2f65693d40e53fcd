#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "runtime/log.hpp"

namespace perdure::nexus {

/// A log that keeps what is submitted until the test says what becomes of it; or lands all at once.
class log_by_hand final : public runtime::log {
 public:
  void submit(runtime::append_request request) override {
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& entry : request.entries) {
        records_.push_back(request.bytes.substr(entry.begin, entry.length));
        partitions_.push_back(entry.partition.value);
      }
      if (!lands_at_once) return waiting_.push_back(std::move(request));
    }
    request.completion(runtime::offset(1));
  }
  /// Of the request submitted first.
  void settle(runtime::expected<runtime::offset> outcome) {
    auto request = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    request.completion(std::move(outcome));
  }
  std::size_t waiting() const { return waiting_.size(); }
  std::vector<std::string> records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
  }
  std::vector<std::uint32_t> partitions() const {
    const std::scoped_lock lock(mutex_);
    return partitions_;
  }

  std::size_t limit_bytes() const override { return limit; }
  runtime::expected<std::size_t> run_once() override { return 0; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index,
                                                           runtime::offset, std::size_t) override {
    return {};
  }
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index, std::span<const runtime::offset>) override {
    return {};
  }
  runtime::expected<void> trim(runtime::offset) override { return {}; }
  runtime::offset end(runtime::partition_index) const override { return {}; }
  bool atomic_batches() const override { return false; }

  bool lands_at_once = false;
  std::size_t limit = 10'000;

 private:
  mutable std::mutex mutex_;
  std::vector<runtime::append_request> waiting_;
  std::vector<std::string> records_;
  std::vector<std::uint32_t> partitions_;
};

}  // namespace perdure::nexus
