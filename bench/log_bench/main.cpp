// log_bench [directory]: what the embedded log costs beside this disk's own fdatasync.
// A directory `log_bench` is made in the one given (default: here), and removed.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "transport/embedded_log.hpp"
#include "transport/log_driver.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::bench {
namespace {

constexpr std::size_t record_bytes = 300;  // about a turn with one small result
constexpr int lone_rounds = 2000;
constexpr int records_in_all = 400'000;

using transport::open_mode;

double now_us() {
  auto at = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(at).count();
}

[[noreturn]] void give_up(const runtime::error& error) {
  fmt::print(stderr, "log_bench: {}\n", error.message);
  std::exit(1);
}

template <class T>
T need(runtime::expected<T> result) {
  if (!result) give_up(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct spread {
  double p10;
  double p50;
  double p99;
};

spread spread_of(std::vector<double> times) {
  std::ranges::sort(times);
  return {times[times.size() / 10], times[times.size() / 2], times[times.size() * 99 / 100]};
}

/// Overwrites 4 KiB and syncs, the file's blocks being there.
class bare_file {
 public:
  explicit bare_file(const std::string& path)
      : opened_(need(files_.open(path, open_mode::create))) {
    std::string zeros(std::size_t{16} << 20, '\0');
    need(opened_->allocate(zeros.size()));
    need(opened_->write(0, zeros));
    need(opened_->sync());
  }
  double sync_once() {
    double begin = now_us();
    need(opened_->write(next_++ % 4096 * 4096, page_));
    need(opened_->sync());
    return now_us() - begin;
  }

 private:
  transport::posix_file_system files_;
  std::unique_ptr<transport::file> opened_;
  std::string page_ = std::string(4096, 'x');
  std::uint64_t next_ = 0;
};

/// A log with its driver in a directory of its own.
struct running_log {
  transport::posix_file_system files;
  transport::system_clock clock;
  transport::system_random random;
  std::unique_ptr<transport::embedded_log> log;
  std::unique_ptr<transport::log_driver> driver;

  explicit running_log(const std::string& directory, std::uint32_t spin_us) {
    transport::embedded_log_options options;
    options.directory = directory;
    options.spin_us = spin_us;
    log = need(transport::embedded_log::open(options,
                                             {.files = files, .clock = clock, .random = random},
                                             [](std::span<const runtime::log_record>) {}));
    driver = std::make_unique<transport::log_driver>(*log, give_up);
  }
  ~running_log() { driver->stop(); }

  void submit(std::function<void()> done) {
    runtime::append_request request{
        .bytes = std::string(record_bytes, 'r'),
        .entries = {{.partition = runtime::partition_index(1), .length = record_bytes}},
        .completion = {}};
    request.completion = [done = std::move(done)](runtime::expected<runtime::offset> outcome) {
      need(std::move(outcome));
      done();
    };
    log->submit(std::move(request));
  }
};

struct lone_result {
  spread bare;
  spread append;
};

/// One append after the other, each after the last one's completion: a hand-over to the writer and
/// back, and a sync. In blocks of a hundred by turns with bare syncs, so that both meet the same
/// disk and the same other load. `think_us` passes between appends.
lone_result lone_append(const std::string& directory, std::uint32_t spin_us, double think_us) {
  bare_file bare(directory + ".bare");
  running_log running(directory, spin_us);
  std::vector<double> bare_times;
  std::vector<double> append_times;
  std::atomic<int> done = 0;
  for (int i = 0; i < lone_rounds; ++i) {
    if (i % 100 == 0) {
      // A thread of its own, that waits like the log's writer: this one spins, and a busy machine
      // would make it wait for that.
      std::jthread([&] {
        for (int k = 0; k < 100; ++k) bare_times.push_back(bare.sync_once());
      }).join();
    }
    double begin = now_us();
    running.submit([&done] { done.fetch_add(1, std::memory_order_release); });
    while (done.load(std::memory_order_acquire) <= i) std::this_thread::yield();
    append_times.push_back(now_us() - begin);
    for (double end = now_us() + think_us; now_us() < end;) {
    }
  }
  return {spread_of(bare_times), spread_of(append_times)};
}

struct rate {
  double records_per_s;
  double batches_per_s;
};

/// `in_flight` appends at a time, each followed by the next from its completion.
rate many_in_flight(const std::string& directory, int in_flight) {
  struct counter final : runtime::log_listener {
    void on_durable(std::span<const runtime::log_record>) override { ++batches; }
    int batches = 0;
  } batches;
  running_log running(directory, 50);
  running.driver->stop();
  running.log->set_listener(batches);
  running.driver = std::make_unique<transport::log_driver>(*running.log, give_up);
  std::atomic<int> left = records_in_all;
  std::latch all(records_in_all);
  std::function<void()> next = [&] {
    if (left.fetch_sub(1) > 0)
      running.submit([&] {
        all.count_down();
        next();
      });
  };
  double begin = now_us();
  for (int i = 0; i < in_flight; ++i) next();
  all.wait();
  double seconds = (now_us() - begin) / 1e6;
  running.driver->stop();
  return {records_in_all / seconds, batches.batches / seconds};
}

int run(const std::string& parent) {
  std::string directory = parent + "/log_bench";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  int made = 0;
  auto fresh = [&] { return fmt::format("{}/log{}", directory, ++made); };
  for (std::uint32_t spin_us : {0U, 50U, 200U}) {
    for (double think_us : {0.0, 20.0}) {
      auto lone = lone_append(fresh(), spin_us, think_us);
      auto line = [](const std::string& what, const spread& each) {
        fmt::print("{:<36} p10 {:7.1f} us  p50 {:7.1f} us  p99 {:7.1f} us", what, each.p10,
                   each.p50, each.p99);
      };
      line("fdatasync of 4 KiB", lone.bare);
      fmt::print("\n");
      line(fmt::format("lone append, spin {} us, think {:.0f}", spin_us, think_us), lone.append);
      fmt::print("  {:.2f} x at p50, {:.2f} x at p10\n", lone.append.p50 / lone.bare.p50,
                 lone.append.p10 / lone.bare.p10);
    }
  }
  for (int in_flight : {64, 256, 1024}) {
    rate many = many_in_flight(fresh(), in_flight);
    fmt::print("{:<36} {:9.0f} records/s  {:7.0f} batches/s\n",
               fmt::format("{} in flight, {} bytes", in_flight, record_bytes), many.records_per_s,
               many.batches_per_s);
  }
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace perdure::bench

int main(int argc, char** argv) { return perdure::bench::run(argc > 1 ? argv[1] : "."); }
