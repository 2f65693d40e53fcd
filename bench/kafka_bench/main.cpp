// kafka_bench BOOTSTRAP_SERVERS [log|nodes|failover]: what the log on Kafka costs beside a bare
// loop of librdkafka, and nodes on it.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/kafka_bench/nodes.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/kafka_clients.hpp"
#include "transport/kafka/kafka_driver.hpp"
#include "transport/kafka/kafka_log.hpp"
#include "transport/kafka/kafka_topics.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::bench {
namespace {

constexpr std::size_t record_bytes = 300;  // about a turn with one small result
constexpr int lone_rounds = 2'000;
constexpr int block = 100;
constexpr std::size_t bundles_of = 64;

double now_us() {
  const auto at = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(at).count();
}

template <class T>
T need(runtime::expected<T> result) {
  if (!result) {
    fmt::print(stderr, "kafka_bench: {}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct spread {
  double p10, p50, p99;
};
spread spread_of(std::vector<double> times) {
  std::ranges::sort(times);
  return {times[times.size() / 10], times[times.size() / 2], times[times.size() * 99 / 100]};
}

std::string make_topic(const transport::kafka_options& options, const std::string& what,
                       std::uint32_t partitions = 1) {
  const transport::system_clock clock;
  auto topic = fmt::format("bench-{}-{}", what, clock.now().us);
  const std::array wanted{transport::wanted_topic{topic, partitions, options.record_bytes()}};
  need(need(transport::kafka_topics::open(options, clock))->ensure(wanted));
  return topic;
}

/// A producer and a consumer with the settings of the log's, and nothing else.
class bare_loop {
 public:
  explicit bare_loop(const transport::kafka_options& options)
      : producer_(need(transport::make_producer(options))),
        consumer_(need(transport::make_consumer(options, transport::reading::onwards))) {
    const auto name = make_topic(options, "bare");
    out_ = need(transport::make_topic(*producer_, name));
    in_ = need(transport::make_topic(*consumer_, name));
    events_.reset(rd_kafka_queue_get_main(producer_.get()));
    rd_kafka_consume_start(in_.get(), 0, 0);
  }
  ~bare_loop() { rd_kafka_consume_stop(in_.get(), 0); }

  /// False: the client is full.
  bool send(const std::string& bytes) {
    return rd_kafka_produce(out_.get(), 0, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(bytes.data()),  // NOLINT: it is copied
                            bytes.size(), nullptr, 0, nullptr) == 0;
  }
  void drop_reports() {
    while (transport::kafka_event(rd_kafka_queue_poll(events_.get(), 0))) {
    }
  }
  /// Waits for the next message.
  void receive() {
    while (true) {
      const transport::kafka_message got(rd_kafka_consume(in_.get(), 0, 1'000));
      if (got && got->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    }
  }
  double hop() {
    const auto begin = now_us();
    send(record_);
    receive();
    const auto took = now_us() - begin;
    drop_reports();
    return took;
  }

 private:
  transport::kafka_client producer_, consumer_;
  transport::kafka_topic_handle out_, in_;
  transport::kafka_queue events_;
  std::string record_ = std::string(record_bytes, 'r');
};

/// The log with its driver. Counts what is heard.
class running_log final : public runtime::log_listener {
 public:
  explicit running_log(const transport::kafka_options& options) {
    const std::array topics{
        transport::kafka_topic{make_topic(options, "log"), "", {runtime::partition_index(1)}}};
    log_ = need(transport::kafka_log::open(options, topics,
                                           {clock_, random_, [](auto, const std::string&) {}},
                                           [](std::span<const runtime::log_record>) {}));
    log_->set_listener(*this);
    driver_ =
        std::make_unique<transport::kafka_driver>(*log_, clock_, [](const runtime::error&) {});
  }
  ~running_log() override {
    driver_->stop();
    log_->close();
  }
  void on_durable(std::span<const runtime::log_record> records) override {
    heard_.fetch_add(records.size());
    heard_.notify_one();
  }
  void submit() {
    log_->submit({.bytes = std::string(record_bytes, 'r'),
                  .entries = {{.partition = runtime::partition_index(1), .length = record_bytes}},
                  .completion = {}});
  }
  void wait_for(std::size_t count) {
    for (auto now = heard_.load(); now < count; now = heard_.load()) heard_.wait(now);
  }
  std::size_t heard() const { return heard_.load(); }
  double hop() {
    const auto wanted = heard() + 1;
    const auto begin = now_us();
    submit();
    wait_for(wanted);
    return now_us() - begin;
  }

 private:
  transport::system_clock clock_;
  transport::system_random random_;
  std::atomic<std::size_t> heard_ = 0;
  std::unique_ptr<transport::kafka_log> log_;
  std::unique_ptr<transport::kafka_driver> driver_;
};

void measure_lone(const transport::kafka_options& options) {
  bare_loop bare(options);
  running_log log(options);
  std::vector<double> bare_times;
  std::vector<double> log_times;
  for (int i = 0; i < lone_rounds / block; ++i) {
    for (int k = 0; k < block; ++k) bare_times.push_back(bare.hop());
    for (int k = 0; k < block; ++k) log_times.push_back(log.hop());
  }
  const auto bare_spread = spread_of(std::move(bare_times));
  const auto log_spread = spread_of(std::move(log_times));
  fmt::print("bare hop   p10 {:.0f} p50 {:.0f} p99 {:.0f} us\n", bare_spread.p10, bare_spread.p50,
             bare_spread.p99);
  fmt::print("log hop    p10 {:.0f} p50 {:.0f} p99 {:.0f} us, {:.2f} x bare\n", log_spread.p10,
             log_spread.p50, log_spread.p99, log_spread.p50 / bare_spread.p50);
}

double bare_bundles(const transport::kafka_options& options, std::size_t records) {
  bare_loop bare(options);
  const std::string record(record_bytes, 'r');
  const std::vector<std::string_view> views(bundles_of, record);
  const auto begin = now_us();
  std::jthread sender([&] {
    for (std::size_t i = 0; i < records / bundles_of; ++i) {
      const auto bundle = transport::encode_bundle({1, i}, views);
      while (!bare.send(bundle)) bare.drop_reports();
    }
  });
  for (std::size_t i = 0; i < records / bundles_of; ++i) bare.receive();
  return static_cast<double>(records) / (now_us() - begin) * 1e6;
}

/// As a node has them: a bundle of each of four partitions on its way, the next one when it has
/// come back.
double bare_bundles_in_flight(const transport::kafka_options& options, std::size_t records,
                              const bundle_shape& shape) {
  constexpr std::uint32_t partitions = 4;
  const auto producer = need(transport::make_producer(options));
  const auto consumer = need(transport::make_consumer(options, transport::reading::onwards));
  const auto name = make_topic(options, "in-flight", partitions);
  const auto out = need(transport::make_topic(*producer, name));
  const auto in = need(transport::make_topic(*consumer, name));
  const transport::kafka_queue messages(rd_kafka_queue_new(consumer.get()));
  const transport::kafka_queue events(rd_kafka_queue_get_main(producer.get()));
  const std::string record(shape.record_bytes, 'r');
  const std::vector<std::string_view> views(shape.records, record);
  std::uint64_t sent = 0;
  const auto send = [&](std::int32_t partition) {
    auto bundle = transport::encode_bundle({1, ++sent}, views);
    rd_kafka_produce(out.get(), partition, RD_KAFKA_MSG_F_COPY, bundle.data(), bundle.size(),
                     nullptr, 0, nullptr);
  };
  for (std::int32_t i = 0; i < std::int32_t{partitions}; ++i)
    rd_kafka_consume_start_queue(in.get(), i, 0, messages.get());
  const auto begin = now_us();
  for (std::int32_t i = 0; i < std::int32_t{partitions}; ++i) send(i);
  for (std::size_t heard = 0; heard < records;) {
    const transport::kafka_message got(rd_kafka_consume_queue(messages.get(), 1'000));
    if (!got || got->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    heard += views.size();
    send(got->partition);
    while (transport::kafka_event(rd_kafka_queue_poll(events.get(), 0))) {
    }
  }
  const auto took = now_us() - begin;
  for (std::int32_t i = 0; i < std::int32_t{partitions}; ++i) rd_kafka_consume_stop(in.get(), i);
  return static_cast<double>(records) / took * 1e6;
}

double log_rate(const transport::kafka_options& options, std::size_t records,
                std::size_t in_flight) {
  running_log log(options);
  log.hop();
  const auto begin = now_us();
  for (std::size_t i = 0; i < records; ++i) {
    if (i >= in_flight) log.wait_for(1 + i - in_flight + 1);
    log.submit();
  }
  log.wait_for(records + 1);
  return static_cast<double>(records) / (now_us() - begin) * 1e6;
}

void measure_log(const transport::kafka_options& options) {
  measure_lone(options);
  fmt::print("bare bundles of {}: {:.0f} records/s\n", bundles_of, bare_bundles(options, 400'000));
  for (const std::size_t in_flight : {16, 256, 4'096}) {
    fmt::print("log, {:>5} in flight: {:.0f} records/s\n", in_flight,
               log_rate(options, in_flight * 400, in_flight));
  }
}

void measure(const transport::kafka_options& options, std::string_view part, const char* program) {
  const bool all = part.empty();
  if (all || part == "log") measure_log(options);
  if (all || part == "nodes") {
    bare_loop bare(options);
    for (int i = 0; i < 10'000; ++i) bare.hop();  // a broker is slow until its code is compiled
    bare_bundles(options, 400'000);
    measure_nodes(options, {[&bare] { return bare.hop() / 1e6; },
                            [&options](const bundle_shape& shape) {
                              return bare_bundles_in_flight(options, 150'000, shape);
                            }});
  }
  if (all || part == "failover") measure_failover(options, program);
}

}  // namespace
}  // namespace perdure::bench

int main(int argc, char** argv) {
  using namespace perdure::bench;
  perdure::transport::kafka_options options;
  if (argc < 2 || argc > 4) {
    fmt::print(stderr, "kafka_bench BOOTSTRAP_SERVERS [log|nodes|failover]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // minutes lie between two lines
  options.bootstrap_servers = argv[1];
  options.replication = 1;
  try {
    if (argc == 4) return run_child(options, argv[2], argv[3]);
    measure(options, argc == 3 ? argv[2] : "", argv[0]);
  } catch (const std::exception& why) {
    fmt::print(stderr, "kafka_bench: {}\n", why.what());
    return 1;
  }
  return 0;
}
