#include "tests/kafka_node/kafka_world.hpp"

#include <algorithm>
#include <thread>

namespace perdure::testing {

std::unique_ptr<whole_node> whole_node::make() {
  auto made = std::make_unique<kafka_world>();
  made->alone = true;
  return made;
}

kafka_world::kafka_world() {
  options.data_directory = directory_.path() + "/data";
  options.kafka = broker.options();
  options.kafka.topic_prefix = broker.fresh_name() + ".";
  options.namespaces = usual_namespaces();
  options.threads.steps.threads = 16;
}

whole_node::opened_node kafka_world::open_node(deploy::running_node::report_function say,
                                               deploy::running_node::fatal_function on_fatal) {
  auto opened = deploy::kafka_node::open(options, *offered, std::move(say), std::move(on_fatal));
  if (!opened) return std::unexpected(opened.error());
  const auto owns_all = [&opened] {
    return std::ranges::all_of(blocking_client((*opened)->client()).status()->partitions,
                               [](const auto& one) { return one.state == "owner"; });
  };
  for (int i = 0; i < 1'000'000 && alone && !owns_all(); ++i) std::this_thread::yield();
  return *std::move(opened);
}

}  // namespace perdure::testing
