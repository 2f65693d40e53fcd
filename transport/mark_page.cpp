#include "transport/mark_page.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "runtime/crc32c.hpp"
#include "runtime/simulation.hpp"
#include "transport/file_header.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::fail;

constexpr std::string_view magic{"perdmark", 8};
// On disk: never change. The slots lie in different sectors.
constexpr std::size_t slot_distance = 2048;
constexpr std::size_t slot_bytes = 64;
constexpr std::size_t format_at = 8;
constexpr std::size_t oldest_reader_at = 10;
constexpr std::size_t incarnation_at = 16;
constexpr std::size_t counter_at = 24;
constexpr std::size_t synced_through_at = 32;
constexpr std::size_t first_ordinal_at = 40;
constexpr std::size_t first_sequence_at = 48;
constexpr std::size_t checksum_at = 60;
static_assert(checksum_at + sizeof(std::uint32_t) == slot_bytes);

enum class slot_state { blank, damaged, foreign, newer, readable };

slot_state read_slot(std::string_view slot, runtime::incarnation incarnation, decoded_mark& into) {
  if (std::ranges::all_of(slot, [](char byte) { return byte == 0; })) return slot_state::blank;
  if (!slot.starts_with(magic) || load<std::uint32_t>(slot.data() + checksum_at) !=
                                      runtime::crc32c(slot.substr(0, checksum_at))) {
    return slot_state::damaged;
  }
  if (load<std::uint16_t>(slot.data() + oldest_reader_at) > log_format) return slot_state::newer;
  if (load<std::uint64_t>(slot.data() + incarnation_at) != incarnation.value) {
    return slot_state::foreign;
  }
  into.counter = load<std::uint64_t>(slot.data() + counter_at);
  into.mark = {.synced_through = load<std::uint64_t>(slot.data() + synced_through_at),
               .first_ordinal = load<std::uint64_t>(slot.data() + first_ordinal_at),
               .first_sequence = load<std::uint64_t>(slot.data() + first_sequence_at)};
  return slot_state::readable;
}

}  // namespace

runtime::expected<decoded_mark> decode_mark(std::span<const char, mapped_page::page_bytes> page,
                                            runtime::incarnation incarnation,
                                            const std::string& path) {
  decoded_mark best;
  bool found = false;
  bool damaged = false;
  for (std::size_t slot = 0; slot < 2; ++slot) {
    decoded_mark read;
    switch (read_slot({page.data() + slot * slot_distance, slot_bytes}, incarnation, read)) {
      case slot_state::readable:
        if (!found || read.counter > best.counter || MUTANT("older-mark-believed")) best = read;
        found = true;
        break;
      case slot_state::newer:
        return fail(errc::unsupported_format,
                    fmt::format("{} was written by a newer perdure: use that one", path));
      case slot_state::foreign:
        return fail(errc::corrupt,
                    fmt::format("{} belongs to another log than the one beside it", path));
      case slot_state::damaged:
      case slot_state::blank:
        REACHED("mark-slot-damaged");
        damaged = true;
        break;
    }
  }
  if (!found) {
    return fail(errc::corrupt,
                fmt::format("{} at 0: both slots of the mark page are damaged, so that a log cut "
                            "short could not be told; to accept that, empty the file and open the "
                            "log again",
                            path));
  }
  best.slot_damaged = damaged;
  return best;
}

void encode_mark(std::span<char, mapped_page::page_bytes> page, runtime::incarnation incarnation,
                 std::uint64_t counter, const log_mark& mark) {
  char slot[slot_bytes] = {};
  std::ranges::copy(magic, slot);
  store(slot + format_at, log_format);
  store(slot + oldest_reader_at, log_oldest_reader);
  store(slot + incarnation_at, incarnation.value);
  store(slot + counter_at, counter);
  store(slot + synced_through_at, mark.synced_through);
  store(slot + first_ordinal_at, mark.first_ordinal);
  store(slot + first_sequence_at, mark.first_sequence);
  store(slot + checksum_at, runtime::crc32c({slot, checksum_at}));
  std::ranges::copy(slot,
                    page.data() + (MUTANT("mark-in-one-slot") ? 0 : counter % 2) * slot_distance);
}

mark_page::mark_page(std::unique_ptr<mapped_page> page, runtime::incarnation incarnation,
                     const decoded_mark& now)
    : page_(std::move(page)), incarnation_(incarnation), mark_(now.mark), counter_(now.counter) {}

void mark_page::store() { encode_mark(page_->bytes(), incarnation_, ++counter_, mark_); }

void mark_page::write_again() {
  std::scoped_lock lock(mutex_);
  encode_mark(page_->bytes(), incarnation_, counter_, mark_);
}

void mark_page::set_synced_through(std::uint64_t sequence) {
  std::scoped_lock lock(mutex_);
  mark_.synced_through = sequence;
  store();
}

void mark_page::set_first(std::uint64_t ordinal, std::uint64_t sequence) {
  std::scoped_lock lock(mutex_);
  mark_.first_ordinal = ordinal;
  mark_.first_sequence = sequence;
  store();
  store();
}

runtime::expected<void> mark_page::sync() {
  {
    std::scoped_lock lock(mutex_);
    if (failed_) return std::unexpected(*failed_);
  }
  auto synced = page_->sync();
  if (!synced) {
    std::scoped_lock lock(mutex_);
    failed_ = synced.error();
  }
  return synced;
}

}  // namespace perdure::transport
