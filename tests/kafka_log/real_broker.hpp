#pragma once

#include <memory>
#include <string>

#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::testing {

/// A broker of deploy/kafka, started once for the program; it ends with it, however that ends.
class real_broker {
 public:
  /// Started when it is first asked for.
  static real_broker& of_this_program();
  ~real_broker();

  transport::kafka_options options() const;

  /// "name 1", "name 2"…: no two tests share a topic.
  std::string fresh_name();
  void create(const std::string& topic, std::uint32_t partitions);
  void remove(const std::string& topic);
  void set(const std::string& topic, const std::string& setting, const std::string& value);
  /// Forgets records before that of Kafka's offsets.
  void delete_records(const std::string& topic, std::int64_t before);
  std::int64_t committed(const std::string& group, const std::string& topic, int partition);

  void kill() { run("kill --broker 1"); }
  void freeze() { run("freeze --broker 1"); }
  void thaw() { run("thaw --broker 1"); }
  void restart() { run("restart --broker 1"); }

 private:
  real_broker();
  std::string run(const std::string& command);
  transport::kafka_event answer();

  std::string directory_;
  std::string servers_;
  int names_ = 0;
  transport::kafka_client client_;
  transport::kafka_queue answers_;
};

}  // namespace perdure::testing
