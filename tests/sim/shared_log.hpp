#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "runtime/log.hpp"
#include "tests/sim/log_form.hpp"
#include "tests/unit/actors/memory_notes.hpp"

namespace perdure::sim {

/// How a log behaves. Chances are for each request.
struct log_manners {
  bool atomic = true;  ///< whole requests or nothing; one node at a time
  runtime::duration write{150}, write_jitter{400};  ///< from the request to its place in the log
  runtime::duration read{80}, read_jitter{300};     ///< from there to each node that listens
  double refused = 0;  ///< shared: it does not land from one of its records on, and that is told
  double unknown_landed = 0;  ///< shared: it lands, its writer never hears so
  double unknown_lost = 0;    ///< shared: as refused, but its writer does not know
  double late = 0;            ///< of what was lost so: it lands some time after all
  double copied = 0;          ///< shared: it lands a second time, some time later
  double read_failed = 0;     ///< of reads of old records: it cannot be reached
  std::uint64_t gap = 0;      ///< shared: offsets skipped before a record, at most
};

/// The log of an installation as all its nodes share it, and as it stays when they end.
class shared_log final : public log_form {
 public:
  /// Hears of each record in its place, before anybody else, and which life wrote it.
  using hears = std::function<void(const runtime::log_record&, const life& writer)>;
  shared_log(world& in, log_manners how, hears landed);

  const std::vector<runtime::log_record>& records() const override { return records_; }
  std::unique_ptr<log_of_life> open(const life_ptr& whose, machine& on,
                                    runtime::opening_fold& fold) override;
  /// Null: nothing lies there.
  const runtime::log_record* find(runtime::offset at) const;
  bool atomic() const { return how_.atomic; }
  bool fails_to_read() { return world_.faults.happens(how_.read_failed); }
  /// From now on it behaves.
  void end_faults() override;

  /// From now on nobody's reading is longer by chance.
  void read_within(runtime::duration jitter) {
    how_.read_jitter = std::min(how_.read_jitter, jitter);
  }

  void submit(const life_ptr& whose, runtime::append_request request);
  /// That life is over: what of its requests is on the way lands in part.
  void abandon(const life_ptr& whose) override;
  /// Until then nothing lands, and nobody hears of anything.
  void go_away(runtime::timestamp until) { away_until_ = std::max(away_until_, until); }
  /// Hears of all behind the first `heard` records, in log order, at its own pace.
  void listen(life_ptr whose, std::size_t heard, runtime::log_listener& who);
  void forget(const life_ptr& whose);

 private:
  struct reader {
    life_ptr whose;
    std::size_t heard = 0;
    runtime::log_listener* who = nullptr;
    bool coming = false;
  };

  /// The offset of the first of its first `records`.
  runtime::offset land(const life& writer, const runtime::append_request& request,
                       std::size_t records);
  void write_all(const life_ptr& whose);
  runtime::duration some_time_later();
  void write_one(const life_ptr& whose, const runtime::append_request& request);
  void tell(const life_ptr& whom, const runtime::append_request& request,
            runtime::expected<runtime::offset> what);
  void announce();
  void deliver(std::uint64_t life);

  world& world_;
  log_manners how_;
  const hears landed_;
  std::vector<runtime::log_record> records_;
  runtime::offset end_;
  runtime::timestamp away_until_{};
  std::map<std::uint64_t, reader> readers_;                                ///< by life
  std::map<std::uint64_t, std::vector<runtime::append_request>> waiting_;  ///< atomic: by life
  /// Shared: when the last request of a life to a partition lands, and when its outcome is told, so
  /// that both go in order.
  struct line {
    runtime::timestamp lands, told;
  };
  line& line_of(const life_ptr& whose, const runtime::append_request& request) {
    return lines_[{whose->number(), request.entries.front().partition.value}];
  }
  std::map<std::pair<std::uint64_t, std::uint32_t>, line> lines_;
};

/// The log as one life of a node has it.
class node_log final : public runtime::log {
 public:
  node_log(world& in, shared_log& of, life_ptr whose)
      : world_(in), of_(of), whose_(std::move(whose)) {}

  void submit(runtime::append_request request) override;
  runtime::expected<std::size_t> run_once() override { return 0U; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset) override { return {}; }
  runtime::offset end(runtime::partition_index partition) const override;
  bool atomic_batches() const override { return of_.atomic(); }
  std::size_t limit_bytes() const override { return std::size_t{16} << 20; }

 private:
  world& world_;
  shared_log& of_;
  const life_ptr whose_;
};

/// What one life has of a shared log; its crash notes are the machine's memory.
class shared_life final : public log_of_life {
 public:
  shared_life(world& in, shared_log& of, life_ptr whose, machine& on, runtime::opening_fold& fold);

  runtime::log& log() override { return log_; }
  runtime::crash_notes& notes() override { return notes_; }
  runtime::incarnation incarnation() const override { return runtime::incarnation(0xAB); }
  void listen(runtime::log_listener& who) override { of_.listen(whose_, known_, who); }
  void keep_notes() override { page_ = notes_.leaves(); }
  void forget() override;

 private:
  shared_log& of_;
  const life_ptr whose_;
  machine& machine_;
  const std::size_t known_;
  node_log log_;
  actors::memory_notes notes_;
  std::optional<runtime::crash_notes::page> page_;
};

}  // namespace perdure::sim
