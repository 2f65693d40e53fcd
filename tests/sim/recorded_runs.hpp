#pragma once

#include <vector>

#include "runtime/log.hpp"
#include "runtime/turn_executor.hpp"
#include "tests/unit/runtime/memory_log.hpp"

namespace perdure::sim {

/// A run as the books have it, open or closed, kept or not.
struct recorded_run {
  runtime::run_key key;
  runtime::run_description who;
  std::vector<runtime::offset> turns;
};

/// Those of a partition, in the order of their keys.
std::vector<recorded_run> recorded_runs(runtime::memory_log& books,
                                        runtime::partition_index partition);

/// The books as a log that can be read.
class readable_books final : public runtime::log {
 public:
  readable_books(runtime::memory_log& books, runtime::partition_index partition)
      : books_(books), partition_(partition) {}

  void submit(runtime::append_request) override {}
  runtime::expected<std::size_t> run_once() override { return 0U; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index,
                                                           runtime::offset, std::size_t) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset) override { return {}; }
  runtime::offset end(runtime::partition_index) const override { return books_.end(); }
  bool atomic_batches() const override { return true; }
  std::size_t limit_bytes() const override { return 0; }

 private:
  runtime::memory_log& books_;
  const runtime::partition_index partition_;
};

}  // namespace perdure::sim
