#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::testing {

/// What is wanted of brokers.
struct broker_wish {
  int brokers = 1;                             ///< or 3
  std::string version = {};                    ///< of Kafka; empty: that of deploy/kafka
  std::string command = "deploy/kafka/kafka";  ///< or another that takes the same words
};

/// A record as Kafka's own tools show it, without its value.
struct seen_record {
  std::string key;
  std::map<std::string, std::string> headers;
  bool operator==(const seen_record&) const = default;
};

/// A broker of deploy/kafka, or three; they end with the program, however that ends.
class real_broker {
 public:
  /// One, started when it is first asked for, which listens with TLS and log-in, too
  /// (secured_kafka.py). PERDURE_KAFKA_VERSION names another version.
  static real_broker& of_this_program();
  explicit real_broker(broker_wish wish);
  ~real_broker();
  real_broker(const real_broker&) = delete;
  real_broker& operator=(const real_broker&) = delete;

  transport::kafka_options options() const;

  /// "name 1", "name 2"…: no two tests share a topic.
  std::string fresh_name();
  void create(const std::string& topic, std::uint32_t partitions);
  void add_partitions(const std::string& topic, std::size_t in_all);
  void remove(const std::string& topic);
  void set(const std::string& topic, const std::string& setting, const std::string& value);
  /// Forgets records before that of Kafka's offsets.
  void delete_records(const std::string& topic, std::int64_t before);
  std::int64_t committed(const std::string& group, const std::string& topic, int partition);
  /// Behind the last of its records.
  std::int64_t end_of(const std::string& topic, int partition);
  /// In which the broker has what a partition holds, while that is little.
  std::filesystem::path file_of(const std::string& topic, int partition) const;
  /// All that a partition has now.
  std::vector<seen_record> records_of(const std::string& topic, int partition);

  /// The number of the broker that leads this partition, or -1.
  int leader_of(const std::string& topic, int partition);

  void kill(int broker = 1) { run("kill", broker); }
  void freeze(int broker = 1) { run("freeze", broker); }
  void thaw(int broker = 1) { run("thaw", broker); }
  void restart(int broker = 1) { run("restart", broker); }

  /// Below which everything is that the brokers have.
  const std::string& directory() const { return directory_; }

 private:
  std::string setting_of(const std::string& topic, const std::string& setting);
  void run(const std::string& verb, int broker);
  std::string run(const std::string& command);
  transport::kafka_event answer();

  const broker_wish wish_;
  std::string directory_;
  std::string servers_;
  int names_ = 0;
  transport::kafka_client client_;
  transport::kafka_queue answers_;
};

}  // namespace perdure::testing
