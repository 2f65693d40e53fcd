#pragma once

#include <functional>
#include <memory>
#include <span>

#include "tests/sim/embedded_form.hpp"
#include "transport/embedded_log.hpp"
#include "transport/free_disk.hpp"
#include "transport/mapped_crash_notes.hpp"

namespace perdure::sim {

/// The product's log as one life of a node has it, driven by the world instead of threads: what the
/// writer's thread does and what the one that prepares segments does are events.
class embedded_life final : public log_of_life, private runtime::log, runtime::log_listener {
 public:
  /// Opens log and crash notes as a node does. Throws cannot_open where the life ended meanwhile or
  /// the disk failed, and violated where it says so without a reason.
  embedded_life(world& in, const embedded_manners& how, told_records& books, life_ptr whose,
                machine& on,
                const std::function<void(std::span<const runtime::log_record>)>& shown);

  runtime::log& log() override { return *this; }
  runtime::crash_notes& notes() override { return *notes_; }
  runtime::incarnation incarnation() const override { return log_->incarnation(); }
  std::uint64_t free_disk() override { return free_->bytes(); }
  void listen(runtime::log_listener& who) override { node_ = &who; }
  void close() override;
  void forget() override { node_ = nullptr; }

  /// What one of the log's two threads does next, while another thread is in a call: nothing if it
  /// would wait for that one.
  void write_meanwhile();
  void prepare_meanwhile();
  /// Another one may not trim meanwhile.
  bool trims() const { return trimming_; }

 private:
  void submit(runtime::append_request request) override;
  runtime::expected<std::size_t> run_once() override { return 0U; }
  void wait_for_work() override {}
  void stop_waiting() override {}
  runtime::expected<std::vector<runtime::log_record>> read(runtime::partition_index partition,
                                                           runtime::offset after,
                                                           std::size_t limit_bytes) override;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      runtime::partition_index partition, std::span<const runtime::offset> offsets) override;
  runtime::expected<void> trim(runtime::offset before) override;
  runtime::offset end(runtime::partition_index partition) const override {
    return log_->end(partition);
  }
  bool atomic_batches() const override { return log_->atomic_batches(); }
  std::size_t limit_bytes() const override { return log_->limit_bytes(); }
  void on_durable(std::span<const runtime::log_record> records) override;

  void open_log(const std::function<void(std::span<const runtime::log_record>)>& shown);
  void open_notes();
  /// Throws what it means that opening failed so.
  [[noreturn]] void give_up(const runtime::error& why) const;
  void wake();
  void write();
  void prepare();
  void sync_mark_later();
  void check_mark(std::size_t least) const;
  /// `gone`: what it asked for may have been trimmed meanwhile.
  template <class T>
  runtime::expected<T> heard(runtime::expected<T> read, bool gone, std::uint64_t failures_then);

  world& world_;
  const embedded_manners& how_;
  told_records& books_;
  const life_ptr whose_;
  machine& machine_;
  sim_disk& disk_;
  node_random random_;
  const std::unique_ptr<transport::file_system> files_;
  const std::uint64_t failures_before_;
  runtime::log_listener* node_ = nullptr;
  bool writing_ = false, preparing_ = false, cannot_prepare_ = false;
  bool ending_ = false;
  bool in_the_supply_ = false;  ///< one of the two threads may be making a segment
  bool trimming_ = false, closing_ = false;
  runtime::timestamp mark_due_;
  std::unique_ptr<transport::free_disk> free_;
  std::unique_ptr<transport::mapped_crash_notes> notes_;
  std::unique_ptr<transport::embedded_log> log_;
};

}  // namespace perdure::sim
