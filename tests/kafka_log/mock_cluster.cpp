#include "tests/kafka_log/mock_cluster.hpp"

#include <stdexcept>

namespace perdure::testing {

mock_cluster::mock_cluster(int brokers)
    : client_(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)),
      cluster_(rd_kafka_mock_cluster_new(client_.get(), brokers)) {
  if (!cluster_) throw std::runtime_error("no mock cluster");
}

transport::kafka_options mock_cluster::options() const {
  transport::kafka_options options;
  options.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
  // These brokers keep a fetch that finds nothing for as long as it says, whatever comes meanwhile.
  options.properties = {{"fetch.wait.max.ms", "10"}};
  return options;
}

void mock_cluster::create_topic(const std::string& name, int partitions) {
  rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, 1);
}

void mock_cluster::set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_.get(), broker); }

void mock_cluster::set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_.get(), broker); }

void mock_cluster::set_leader(const std::string& topic, int partition, int broker) {
  rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker);
}

void mock_cluster::answer_with(int api_key, std::vector<rd_kafka_resp_err_t> codes) {
  rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(api_key),
                                          codes.size(), codes.data());
}

}  // namespace perdure::testing
