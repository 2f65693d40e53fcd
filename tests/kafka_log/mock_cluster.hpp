#pragma once

#include <memory>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::testing {

/// librdkafka's brokers in this process: real sockets, nothing on a disk, errors on demand.
class mock_cluster {
 public:
  explicit mock_cluster(int brokers = 1);

  transport::kafka_options options() const;
  void create_topic(const std::string& name, int partitions);
  void set_down(int broker);
  void set_up(int broker);
  static constexpr int nobody = -1;
  void set_leader(const std::string& topic, int partition, int broker);
  /// How the next requests of that sort are answered, one each.
  void answer_with(int api_key, std::vector<rd_kafka_resp_err_t> codes);

  static constexpr int produce = 0, fetch = 1;

 private:
  using cluster = std::unique_ptr<rd_kafka_mock_cluster_t,
                                  transport::kafka_deleter<&rd_kafka_mock_cluster_destroy>>;

  transport::kafka_client client_;
  cluster cluster_;
};

}  // namespace perdure::testing
