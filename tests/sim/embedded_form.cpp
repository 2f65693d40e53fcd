#include "tests/sim/embedded_form.hpp"

#include <algorithm>

#include "tests/sim/embedded_life.hpp"
#include "tests/sim/violated.hpp"
#include "transport/log_directory.hpp"
#include "transport/log_inspect.hpp"

namespace perdure::sim {

using runtime::errc;
using runtime::expected;
using runtime::log_record;
using transport::memory_disk;

namespace {

int one_of(testing::dice& chance, std::initializer_list<int> these) {
  return these.begin()[chance.below(these.size())];
}

struct whole_log {
  std::vector<log_record> records;
  std::uint64_t before_last = 0;  ///< the last record that is not of the last batch
  transport::opening_report report;
};

/// Those that belong to the log.
std::vector<std::string> segments_of(const memory_disk& disk, std::uint64_t first_ordinal) {
  std::vector<std::string> segments;
  for (const auto& [path, bytes] : disk.contents()) {
    const auto name = std::string_view(path).substr(path.rfind('/') + 1);
    const auto ordinal = transport::log_directory::segment_ordinal(name);
    if (ordinal && *ordinal >= first_ordinal && !bytes.empty()) segments.push_back(path);
  }
  return segments;
}

/// What the log on such a disk shows to one who opens it.
expected<whole_log> opened_on(world& in, const embedded_manners& how, memory_disk& disk) {
  const node_clock clock(in);
  node_random random(in);
  whole_log shown;
  const auto opened = transport::embedded_log::open(
      how.log, {disk, clock, random}, [&](std::span<const log_record> records) {
        shown.before_last = records.front().at.value - 1;
        shown.records.insert(shown.records.end(), records.begin(), records.end());
      });
  if (!opened) return std::unexpected(opened.error());
  shown.report = (*opened)->opening();
  return shown;
}

/// The same; `log verify` must say it, too, where a log is already.
expected<whole_log> shown_by(world& in, const embedded_manners& how, memory_disk& disk) {
  const auto verified = transport::verify_log(disk, how.log.directory);
  auto opened = opened_on(in, how, disk);
  if (!verified && verified.error().code == errc::not_found) return opened;
  if (!verified) return std::unexpected(verified.error());
  const auto& damage = verified->damage;
  if (opened ? damage.has_value() : !damage || damage->message != opened.error().message)
    throw violated(fmt::format("`log verify` says: {}; opening it: {}",
                               damage ? damage->message : "no damage",
                               opened ? "none" : opened.error().message));
  if (opened && (opened->report.last != verified->last ||
                 opened->report.cuts.size() != verified->cuts.size()))
    throw violated("opening shows another log than `log verify`");
  return opened;
}

}  // namespace

transport::decoded_mark marked_on(const memory_disk& disk, const embedded_manners& how,
                                  runtime::incarnation log) {
  const auto path = how.log.directory + "/mark";
  const auto page = disk.contents(path);
  const auto mark = transport::decode_mark(
      std::span<const char, transport::mapped_page::page_bytes>(page), log, path);
  if (!mark) throw violated("the mark page is damaged: " + mark.error().message);
  return *mark;
}

embedded_manners drawn_embedded(testing::dice& chance) {
  embedded_manners how;
  auto& log = how.log;
  log.directory = "/data/log";
  log.segment_bytes = std::uint64_t{4096} << one_of(chance, {0, 0, 1, 2, 4});
  log.batch_bytes = static_cast<std::uint64_t>(one_of(chance, {1'024, 16 << 20, 16 << 20}));
  log.tail_bytes = static_cast<std::uint64_t>(one_of(chance, {0, 0, 1'000, 100'000}));
  log.index_bytes = static_cast<std::uint64_t>(one_of(chance, {512, 4'096}));
  log.mark_sync_ms = static_cast<std::uint32_t>(chance.between(10, 2'000));
  auto& disk = how.disk;
  if (chance.happens(.7)) disk.power_loss = .4;
  if (chance.happens(.3)) disk.slow = .02;
  if (chance.happens(.2)) disk.failed_read = .01;
  if (chance.happens(.2)) disk.failed_write = .005;
  if (chance.happens(.2)) disk.failed_sync = .01;
  if (chance.happens(.2)) disk.full = .02;
  if (chance.happens(.3)) disk.end_at_name = .05;
  if (chance.happens(.2)) disk.short_write = .1;
  disk.copies_on_write = chance.happens(.3);
  if (chance.happens(.1)) {  // all at once: faults meet what faults left
    log.segment_bytes = 4'096;
    disk.power_loss = .9;
    disk.failed_read = disk.failed_write = .03;
    disk.failed_sync = disk.full = .05;
    disk.end_at_name = .2;
    disk.short_write = .5;
  }
  return how;
}

embedded_form::embedded_form(world& in, embedded_manners how,
                             std::function<void(const log_record&)> landed)
    : world_(in), how_(std::move(how)), books_(std::move(landed)) {}

std::unique_ptr<log_of_life> embedded_form::open(const life_ptr& whose, machine& on,
                                                 runtime::opening_fold& fold) {
  return opened(whose, on, [&fold](std::span<const log_record> records) { fold.read(records); });
}

std::unique_ptr<embedded_life> embedded_form::open_alone(const life_ptr& whose, machine& on) {
  return opened(whose, on, [](std::span<const log_record>) {});
}

std::unique_ptr<embedded_life> embedded_form::opened(
    const life_ptr& whose, machine& on,
    const std::function<void(std::span<const log_record>)>& shown) {
  if (std::exchange(machine_, &on) == nullptr) on.disk.behave(how_.disk);
  auto life = std::make_unique<embedded_life>(world_, how_, books_, whose, on, shown);
  incarnation_ = life->incarnation();
  return life;
}

void embedded_form::abandon(const life_ptr&) {
  machine_->disk.settle();
  const auto chance = machine_->disk.manners().power_loss;
  if (chance > 0 && world_.faults.happens(chance)) machine_->disk.lose_power();
  if (world_.faults.happens(.3)) check_damage();
}

void embedded_form::end_faults() {
  if (machine_ != nullptr) machine_->disk.end_faults();
}

/// Something that happens to bytes that a disk has.
embedded_form::harm embedded_form::damage(memory_disk& disk, const std::string& path) {
  auto& chance = world_.faults;
  auto bytes = disk.contents(path);
  const auto used = bytes.find_last_not_of('\0') + 1;  // a header at least
  const auto near = chance.happens(.5) ? std::min<std::size_t>(used, 600) : used;
  const auto at = used - 1 - chance.below(near);
  const auto what = static_cast<harm>(chance.below(4));
  switch (what) {
    case harm::flipped_bit:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << chance.below(8)));
      break;
    case harm::lost_sector: {
      constexpr auto sector = memory_disk::sector_bytes;
      const auto size = std::min(sector, bytes.size() - at / sector * sector);
      bytes.replace(at / sector * sector, size, size, '\0');
      break;
    }
    case harm::cut_short:
      bytes.resize(at);
      break;
    case harm::lost_file:
      [[maybe_unused]] const auto removed = disk.remove(path);
      return what;
  }
  disk.set_contents(path, std::move(bytes));
  return what;
}

void embedded_form::check_damage() {
  auto& chance = world_.faults;
  auto copy = machine_->disk.content().after_kill();
  if (chance.happens(.7)) {  // the power fails too
    const auto survives = [&chance](const memory_disk::unsynced&) { return chance.happens(.3); };
    copy = copy->after_power_loss(memory_disk::names::as_synced, survives);
  }
  if (!incarnation_) return;
  const auto mark = marked_on(*copy, how_, *incarnation_);
  const auto segments = segments_of(*copy, mark.mark.first_ordinal);
  if (segments.empty()) return;
  auto least = mark.mark.synced_through;
  const auto sound = shown_by(world_, how_, *copy->after_kill());
  if (!sound) throw violated("the log does not open: " + sound.error().message);
  books_.compare(sound->records, books_.all().size());
  if (!mark.slot_damaged && chance.happens(.2)) return check_damaged_mark(std::move(copy));
  if (chance.happens(.1)) return check_without_mark(std::move(copy));
  const auto& path = chance.one_of(segments);
  // A batch was begun only when all before it were on the disk, whatever the mark says.
  if (damage(*copy, path) == harm::flipped_bit) least = std::max(least, sound->before_last);
  const auto shown = shown_by(world_, how_, *copy);
  if (shown) return books_.compare(shown->records, least);
  if (shown.error().code != errc::corrupt)
    throw violated(fmt::format("damage to {} is told as: {}", path, shown.error().message));
}

void embedded_form::check_damaged_mark(std::unique_ptr<memory_disk> copy) const {
  auto& chance = world_.faults;
  const auto path = how_.log.directory + "/mark";
  auto bytes = copy->contents(path);
  const auto slot = chance.below(2) * (bytes.size() / 2);
  if (chance.happens(.5)) {
    auto& byte = bytes[slot + chance.below(64)];
    byte = static_cast<char>(byte ^ (1 << chance.below(8)));
  } else {
    bytes.replace(slot, memory_disk::sector_bytes, memory_disk::sector_bytes, '\0');
  }
  copy->set_contents(path, std::move(bytes));
  const auto shown = shown_by(world_, how_, *copy);
  if (!shown) throw violated("without one slot of its mark: " + shown.error().message);
  books_.compare(shown->records, books_.all().size());
}

void embedded_form::check_without_mark(std::unique_ptr<memory_disk> copy) const {
  copy->set_contents(how_.log.directory + "/mark", "");
  const auto shown = shown_by(world_, how_, *copy);
  if (shown) return books_.compare(shown->records, books_.all().size());
  // Nothing says any more that a file which was being used again when the process ended was not of
  // the log.
  if (shown.error().code != errc::corrupt)
    throw violated("without its mark: " + shown.error().message);
}

void embedded_form::check_end() {
  const auto last = machine_->disk.content().after_power_loss(
      memory_disk::names::as_synced, [](const memory_disk::unsynced&) { return false; });
  const auto shown = shown_by(world_, how_, *last);
  if (!shown)
    throw violated(
        fmt::format("after a loss of power the log does not open: {}", shown.error().message));
  books_.compare(shown->records, books_.all().size());
  check_damage();
}

}  // namespace perdure::sim
