#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tests/sim/brokers.hpp"
#include "transport/kafka/bundled_log.hpp"
#include "transport/kafka/regress_check.hpp"

namespace perdure::sim {

/// A log on Kafka as one life of a node has it: the product's bundles and places, carried to and
/// from the simulated brokers by the world instead of librdkafka.
class bundling_side final : public log_of_life,
                            private runtime::log,
                            private transport::bundle_source {
 public:
  bundling_side(world& in, brokers& of, life_ptr whose, machine& on, runtime::opening_fold& fold);

  runtime::log& log() override { return *this; }
  runtime::crash_notes& notes() override { return notes_; }
  runtime::incarnation incarnation() const override { return runtime::incarnation(0xAB); }
  void listen(runtime::log_listener& who) override;
  void keep_notes() override { page_ = notes_.leaves(); }
  void forget() override;

 private:
  using held_bundle = transport::bundle_tail::held_bundle;

  void submit(runtime::append_request request) override;
  runtime::expected<std::size_t> run_once() override { return 0U; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset) override { return {}; }
  runtime::offset end(runtime::partition_index partition) const override;
  bool atomic_batches() const override { return false; }
  std::size_t limit_bytes() const override { return product_.limit_bytes(); }

  runtime::expected<void> fetch(const transport::kafka_partition& from,
                                std::span<const std::int64_t> places, runtime::duration patience,
                                const bundle_function& take) override;
  runtime::expected<void> fetch_on(const transport::kafka_partition& from, std::int64_t first,
                                   std::int64_t last, runtime::duration patience,
                                   const bundle_function& take) override;
  runtime::expected<ends> ends_of(const transport::kafka_partition& of,
                                  runtime::duration patience) override;

  std::int64_t end_of(std::size_t partition) const;
  /// Once what waits may go.
  void wake();
  void send_waiting();
  void on_report(std::size_t partition, const runtime::expected<std::int64_t>& at);
  void fetch_on();
  /// Of what was read; null: there is nothing to tell.
  held_bundle heed(std::size_t partition, runtime::expected<held_bundle> read);
  void lose(std::size_t partition, const runtime::error& why);
  void look_later();
  void look();
  void check_place(runtime::partition_index partition, runtime::offset at,
                   std::string_view bytes) const;

  world& world_;
  brokers& of_;
  const life_ptr whose_;
  machine& machine_;
  transport::bundled_log product_;
  transport::regress_check check_;
  bool looks_ = false;  ///< an event is on its way
  unsigned looks_left_ = 0;
  std::vector<std::int64_t> next_;  ///< by partition: the place from which it fetches on
  runtime::log_listener* node_ = nullptr;
  bool may_have_landed_ = false;             ///< the bundle whose outcome is being told
  std::optional<runtime::timestamp> wakes_;  ///< the earliest, monotonic
  actors::memory_notes notes_;
  std::optional<runtime::crash_notes::page> page_;
};

}  // namespace perdure::sim
