#include "tests/kafka_node/kafka_world.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "transport/kafka/kafka_driver.hpp"
#include "transport/kafka/kafka_log.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::testing {

std::unique_ptr<whole_node> whole_node::make() {
  auto made = std::make_unique<kafka_world>();
  made->alone = true;
  return made;
}

kafka_world::kafka_world(real_broker& on) : broker(on) {
  options.data_directory = directory_.path() + "/data";
  options.kafka = broker.options();
  options.kafka.topic_prefix = broker.fresh_name() + ".";
  options.namespaces = usual_namespaces();
  options.threads.steps.threads = 16;
}

namespace {

struct deaf_listener final : runtime::log_listener {
  void on_durable(std::span<const runtime::log_record>) override {}
};

/// In the places that a cluster gives which was founded with them.
std::vector<transport::kafka_topic> topics_of(const deploy::kafka_node_options& options) {
  std::vector<transport::kafka_topic> topics;
  std::uint32_t next = 1;
  for (const auto& space : options.namespaces) {
    auto& topic = topics.emplace_back(topic_of(options.kafka, space.name));
    for (std::uint32_t i = 0; i < space.partitions; ++i) topic.partitions.emplace_back(next++);
  }
  return topics;
}

}  // namespace

void kafka_world::append(runtime::partition_index partition,
                         const std::vector<std::string>& records) {
  const transport::system_clock clock;
  transport::system_random random;
  deaf_listener listener;
  auto log = transport::kafka_log::open(options.kafka, topics_of(options),
                                        {clock, random, [](auto, const auto&) {}}, [](auto) {});
  ASSERT_TRUE(log) << log.error().message;
  (*log)->set_listener(listener);
  transport::kafka_driver driver(**log, clock, [](const auto&) {});
  std::promise<runtime::expected<runtime::offset>> landed;
  runtime::append_request request;
  for (const auto& record : records) {
    request.entries.push_back({partition, static_cast<std::uint32_t>(request.bytes.size()),
                               static_cast<std::uint32_t>(record.size())});
    request.bytes += record;
  }
  request.completion = [&landed](const auto& outcome) { landed.set_value(outcome); };
  (*log)->submit(std::move(request));
  EXPECT_TRUE(landed.get_future().get());
  driver.stop();
}

whole_node::opened_node kafka_world::open_node(deploy::running_node::report_function say,
                                               deploy::running_node::fatal_function on_fatal) {
  auto opened = deploy::kafka_node::open(options, *offered, std::move(say), std::move(on_fatal));
  if (!opened) return std::unexpected(opened.error());
  const auto owns_all = [&opened] {
    return std::ranges::all_of(
        blocking_client((*opened)->client()).status()->partitions,
        [](const auto& one) { return one.state == "owner" || one.state == "stopped"; });
  };
  for (int i = 0; i < 1'000'000 && alone && !owns_all(); ++i) std::this_thread::yield();
  return *std::move(opened);
}

}  // namespace perdure::testing
