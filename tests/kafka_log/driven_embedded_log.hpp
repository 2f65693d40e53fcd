#pragma once

#include <memory>

#include "tests/kafka_log/driven_log.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/embedded_log.hpp"
#include "transport/log_driver.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::testing {

/// The embedded log, driven as in the product, in a directory of its own.
class driven_embedded_log final : public driven_log {
 public:
  driven_embedded_log();
  ~driven_embedded_log() override { end(); }

  void end();
  void reopen() override;
  runtime::log& log() override { return *log_; }

 private:
  void open();

  transport::temporary_directory directory_;
  transport::posix_file_system files_;
  transport::system_clock clock_;
  transport::system_random random_;
  std::unique_ptr<transport::embedded_log> log_;
  std::unique_ptr<transport::log_driver> driver_;
};

}  // namespace perdure::testing
