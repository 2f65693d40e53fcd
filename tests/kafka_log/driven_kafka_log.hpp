#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tests/kafka_log/driven_log.hpp"
#include "transport/kafka/kafka_driver.hpp"
#include "transport/kafka/kafka_log.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::testing {

/// A log on Kafka, driven as in the product.
class driven_kafka_log final : public driven_log {
 public:
  driven_kafka_log(transport::kafka_options options, std::vector<transport::kafka_topic> topics)
      : options(std::move(options)), topics_(std::move(topics)) {}
  ~driven_kafka_log() override { end(); }

  runtime::expected<void> open();
  void end();
  void reopen() override;
  runtime::log& log() override { return *log_; }
  transport::kafka_log& kafka() { return *log_; }

  transport::kafka_options options;  ///< for the next opening
  /// What its groups are told; read from the next opening on.
  std::function<runtime::offset(runtime::partition_index)> applied =
      [this](runtime::partition_index partition) { return log_->end(partition); };

 private:
  std::vector<transport::kafka_topic> topics_;
  transport::system_clock clock_;
  transport::system_random random_;
  std::unique_ptr<transport::kafka_log> log_;
  std::unique_ptr<transport::kafka_driver> driver_;
};

}  // namespace perdure::testing
