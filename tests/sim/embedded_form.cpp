#include "tests/sim/embedded_form.hpp"

#include <algorithm>

#include "tests/sim/embedded_life.hpp"
#include "tests/sim/violated.hpp"
#include "transport/mark_page.hpp"

namespace perdure::sim {

using runtime::errc;
using runtime::expected;
using runtime::log_record;
using transport::memory_disk;

namespace {

int one_of(testing::dice& chance, std::initializer_list<int> these) {
  return these.begin()[chance.below(these.size())];
}

/// What the log on such a disk shows to one who looks.
expected<std::vector<log_record>> shown_by(world& in, const embedded_manners& how,
                                           memory_disk& disk) {
  const node_clock clock(in);
  node_random random(in);
  std::vector<log_record> shown;
  const auto opened = transport::embedded_log::open(
      how.log, {disk, clock, random}, [&](std::span<const log_record> records) {
        shown.insert(shown.end(), records.begin(), records.end());
      });
  if (!opened) return std::unexpected(opened.error());
  return shown;
}

}  // namespace

embedded_manners drawn_embedded(testing::dice& chance) {
  embedded_manners how;
  auto& log = how.log;
  log.directory = "/data/log";
  log.segment_bytes = std::uint64_t{4096} << one_of(chance, {0, 0, 1, 2, 4});
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
  if (chance.happens(.2)) disk.short_write = .1;
  disk.copies_on_write = chance.happens(.3);
  return how;
}

embedded_form::embedded_form(world& in, embedded_manners how,
                             std::function<void(const log_record&)> landed)
    : world_(in), how_(std::move(how)), books_(std::move(landed)) {}

std::unique_ptr<log_of_life> embedded_form::open(const life_ptr& whose, machine& on,
                                                 runtime::opening_fold& fold) {
  if (std::exchange(machine_, &on) == nullptr) on.disk.behave(how_.disk);
  auto opened = std::make_unique<embedded_life>(world_, how_, books_, whose, on, fold);
  incarnation_ = opened->incarnation();
  return opened;
}

void embedded_form::abandon(const life_ptr&) {
  const auto chance = machine_->disk.manners().power_loss;
  if (chance > 0 && world_.faults.happens(chance)) machine_->disk.lose_power();
  if (world_.faults.happens(.1)) check_damage();
}

void embedded_form::end_faults() {
  if (machine_ != nullptr) machine_->disk.end_faults();
}

/// Something that a disk does to bytes which it has.
void embedded_form::damage(memory_disk& disk, const std::string& path) {
  auto& chance = world_.faults;
  auto bytes = disk.contents(path);
  auto at = chance.below(bytes.size());
  for (int tries = 0; bytes[at] == 0 && tries < 8; ++tries) at = chance.below(bytes.size());
  switch (chance.below(4)) {
    case 0:
      return [&] { [[maybe_unused]] auto removed = disk.remove(path); }();
    case 1:
      bytes.resize(at);
      break;
    case 2:
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min<std::size_t>(memory_disk::sector_bytes, bytes.size() - at), '\0');
      break;
    default:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << chance.below(8)));
  }
  disk.set_contents(path, std::move(bytes));
}

void embedded_form::check_damage() {
  const auto copy = machine_->disk.content().after_kill();
  std::vector<std::string> segments;
  for (const auto& [path, bytes] : copy->contents()) {
    if (path.contains("/segment-") && !bytes.empty()) segments.push_back(path);
  }
  if (!incarnation_ || segments.empty()) return;
  const auto page = copy->contents(how_.log.directory + "/mark");
  const auto mark = transport::decode_mark(
      std::span<const char, transport::mapped_page::page_bytes>(page), *incarnation_, "mark");
  if (!mark) throw violated("the mark page is damaged: " + mark.error().message);
  const auto& path = world_.faults.one_of(segments);
  damage(*copy, path);
  const auto shown = shown_by(world_, how_, *copy);
  if (shown) return books_.compare(*shown, mark->mark.synced_through);
  if (shown.error().code != errc::corrupt)
    throw violated(fmt::format("damage to {} is told as: {}", path, shown.error().message));
}

void embedded_form::check_end() {
  const auto last = machine_->disk.content().after_power_loss(
      memory_disk::names::as_synced, [](const memory_disk::unsynced&) { return false; });
  const auto shown = shown_by(world_, how_, *last);
  if (!shown)
    throw violated(
        fmt::format("after a loss of power the log does not open: {}", shown.error().message));
  books_.compare(*shown, books_.all().size());
  check_damage();
}

}  // namespace perdure::sim
