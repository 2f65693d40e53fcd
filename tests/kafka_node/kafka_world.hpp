#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "deploy/kafka_node.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "tests/world/blocking_client.hpp"
#include "tests/world/script.hpp"

namespace perdure::testing {

/// A node on topics of its own, which can be stopped, abandoned and started again. Has namespaces
/// "team" (4 partitions) and "legal" (2, which team may call).
class kafka_world {
 public:
  kafka_world();
  ~kafka_world() { crash(); }

  runtime::expected<void> open();
  void start();  ///< an error fails the test
  bool stop();
  void crash();

  blocking_client client(std::string name_space = "team") {
    return blocking_client(node->client(), std::move(name_space));
  }
  bool has_said(std::string_view text) const { return times_said(text) > 0; }
  std::size_t times_said(std::string_view text) const;
  void wait_until_said(std::string_view text);
  void wait_for_condition(const std::string& id, std::string_view condition,
                          const std::string& name_space = "team");

  real_broker& broker = real_broker::of_this_program();
  std::unique_ptr<registry> offered = std::make_unique<registry>("build 1");
  deploy::kafka_node_options options;
  std::unique_ptr<deploy::kafka_node> node;

 private:
  transport::temporary_directory directory_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
};

}  // namespace perdure::testing
