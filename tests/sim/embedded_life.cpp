#include "tests/sim/embedded_life.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/violated.hpp"

namespace perdure::sim {

using runtime::append_request;
using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::log_record;
using runtime::offset;

embedded_life::embedded_life(world& in, const embedded_manners& how, told_records& books,
                             life_ptr whose, machine& on,
                             const std::function<void(std::span<const log_record>)>& shown)
    : world_(in),
      how_(how),
      books_(books),
      whose_(std::move(whose)),
      machine_(on),
      disk_(on.disk),
      random_(in),
      files_(on.disk.mount(whose_)),
      failures_before_(on.disk.failures()),
      free_(std::make_unique<transport::free_disk>(*files_, on.clock, how.log.directory)) {
  open_log(shown);
  open_notes();
}

void embedded_life::open_log(const std::function<void(std::span<const log_record>)>& shown) {
  std::vector<log_record> found;
  auto opened = transport::embedded_log::open(
      how_.log, {*files_, machine_.clock, random_}, [&](std::span<const log_record> records) {
        found.insert(found.end(), records.begin(), records.end());
      });
  const bool done = opened && whose_->alive();
  if (!done) {
    books_.compare(found, 0);
    books_.not_opened();
  }
  if (!opened) give_up(opened.error());
  if (!done) throw cannot_open("the process ended");
  for (const auto& cut : (*opened)->opening().cuts) {
    world_.note("{}: cut {} bytes at {}: {}", cut.path, cut.bytes, cut.position, cut.why);
    if (!books_.may_be_torn() && !disk_.has_lied())
      throw violated(
          fmt::format("{}: cut at {}, but no write was under way", cut.path, cut.position));
  }
  books_.opened(found);
  shown(found);
  log_ = *std::move(opened);
  log_->set_listener(*this);
}

void embedded_life::open_notes() {
  auto opened = transport::mapped_crash_notes::open(
      *files_, "/data/crash_notes", transport::mapped_crash_notes::this_boot(*files_));
  if (!opened) give_up(opened.error());
  if (!whose_->alive()) throw cannot_open("the process ended");
  notes_ = *std::move(opened);
  const auto left = notes_->left_behind();
  const bool is_believed = left && (left->session || !left->running.empty());
  if (std::exchange(machine_.noted, disk_.boots()) != disk_.boots() && is_believed)
    throw violated("crash notes of another boot of the machine are believed");
}

void embedded_life::give_up(const runtime::error& why) const {
  if (!whose_->alive()) throw cannot_open("the process ended");
  const bool by_the_disk = disk_.failures() != failures_before_ &&
                           (why.code == errc::io_failed || why.code == errc::no_space);
  if (!by_the_disk)
    throw violated(fmt::format("the log does not open: {} ({})", why.message, name(why.code)));
  throw cannot_open(why.message);
}

void embedded_life::submit(append_request request) {
  if (!world_.still_alive(whose_)) return;
  const auto number = books_.give(request);
  request.completion = [this, number,
                        done = std::move(request.completion)](const expected<offset>& outcome) {
    if (node_ == nullptr || !whose_->alive()) return;
    books_.answered(number, outcome);
    if (done) done(outcome);
  };
  log_->submit(std::move(request));
  wake();
}

void embedded_life::wake() {
  if (std::exchange(writing_, true)) return;
  world_.in(disk_.write_time(), whose_, [this] {
    writing_ = false;
    write();
  });
}

void embedded_life::write() {
  in_the_supply_ = true;
  const auto written = log_->run_once();
  in_the_supply_ = false;
  if (!whose_->alive()) return;
  if (!written) {  // as a node's process does (DESIGN 5.4)
    if (disk_.failures() == failures_before_)
      throw violated("the log stopped without a reason: " + written.error().message);
    world_.note("node {} ends: {}", whose_->node(), written.error().message);
    return world_.end(whose_);
  }
  if (*written == 0) return;
  wake();
  sync_mark_later();
  if (cannot_prepare_ || std::exchange(preparing_, true)) return;
  world_.in(world_.drawn({100}, {5'000}), whose_, [this] {
    preparing_ = false;
    prepare();
  });
}

/// As a node that has handed over.
void embedded_life::close() {
  in_the_supply_ = closing_ = true;
  auto written = log_->run_once();
  while (written && *written != 0) written = log_->run_once();
  const auto closed = log_->close();
  if (written && closed && whose_->alive()) check_mark(books_.all().size());
}

void embedded_life::prepare() {
  in_the_supply_ = true;
  // One that failed waits until the writer has made one itself; here it leaves all to the writer.
  if (!log_->prepare_segment()) cannot_prepare_ = true;
  in_the_supply_ = false;
}

void embedded_life::write_meanwhile() {
  if (!in_the_supply_) write();
}

void embedded_life::prepare_meanwhile() {
  if (!in_the_supply_ && !cannot_prepare_) prepare();
}

expected<void> embedded_life::trim(offset before) {
  if (!world_.still_alive(whose_)) return fail(errc::unavailable, "the node is no more");
  books_.trim(before);
  trimming_ = true;
  auto done = log_->trim(before);
  trimming_ = false;
  if (done || !whose_->alive() || closing_) return done;
  if (disk_.failures() == failures_before_)
    throw violated(fmt::format("it does not trim: {}", done.error().message));
  wake();  // the log stops
  return done;
}

void embedded_life::sync_mark_later() {
  if (mark_due_ > world_.now()) return;
  const auto time = runtime::milliseconds(how_.log.mark_sync_ms);
  mark_due_ = world_.now() + time;
  world_.in(time, whose_, [this, told = books_.all().size()] {
    write();
    if (whose_->alive() && world_.faults.happens(.05)) check_mark(told);
  });
}

/// On the disk, not only in memory.
void embedded_life::check_mark(std::size_t least) const {
  const auto disk = disk_.content().after_power_loss(
      transport::memory_disk::names::as_synced,
      [](const transport::memory_disk::unsynced&) { return false; });
  const auto through = marked_on(*disk, how_, log_->incarnation()).mark.synced_through;
  if (through < least)
    throw violated(fmt::format("the mark says {} in time, not {}", through, least));
}

void embedded_life::on_durable(std::span<const log_record> records) {
  if (!whose_->alive()) return;  // nobody hears any more
  for (const auto& record : records)
    world_.trace(runtime::hash_bytes(record.bytes.view(), record.at.value).value);
  books_.durable(records);
  if (node_ != nullptr) node_->on_durable(records);
}

/// A partition whose records cannot be read has stopped and says so: an operator starts the node
/// again.
template <class T>
expected<T> embedded_life::heard(expected<T> read, bool gone, std::uint64_t failures_then) {
  if (!whose_->alive()) return fail(errc::unavailable, "the node is no more");
  if (read || (gone && read.error().code == errc::not_found)) return read;
  if (read.error().code != errc::io_failed || disk_.failures() == failures_then)
    throw violated(fmt::format("the log cannot be read: {}", read.error().message));
  if (!std::exchange(ending_, true)) {
    world_.in(world_.drawn(runtime::seconds(1), runtime::seconds(10)), whose_,
              [this] { world_.end(whose_); });
  }
  return read;
}

expected<std::vector<log_record>> embedded_life::read(runtime::partition_index partition,
                                                      offset after, std::size_t limit_bytes) {
  const auto then = books_.ask();
  const auto failures_then = disk_.failures();
  auto found = log_->read(partition, after, limit_bytes);
  const bool gone = after.value + 1 < books_.floor().value;
  found = heard(std::move(found), gone, failures_then);
  if (found) books_.check_read(then, partition, after, limit_bytes, *found);
  return found;
}

expected<std::vector<log_record>> embedded_life::read_at(runtime::partition_index partition,
                                                         std::span<const offset> offsets) {
  if (!world_.still_alive(whose_)) return fail(errc::unavailable, "the node is no more");
  const auto told = books_.all().size();
  const auto failures_then = disk_.failures();
  auto found = log_->read_at(partition, offsets);
  const bool gone = std::ranges::any_of(
      offsets, [&](offset one) { return one < books_.floor() || one.value > told; });
  found = heard(std::move(found), gone, failures_then);
  if (found) books_.check_read_at(offsets, *found);
  return found;
}

}  // namespace perdure::sim
