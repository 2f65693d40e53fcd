#include "transport/mapped_crash_notes.hpp"

#include <algorithm>
#include <span>

#include "runtime/command.hpp"

namespace perdure::transport {

using runtime::expected;

std::uint64_t mapped_crash_notes::this_boot(file_system& files) {
  auto id = files.open("/proc/sys/kernel/random/boot_id", open_mode::read);
  std::array<char, 64> text{};
  if (!id) return 0;
  const auto size = (*id)->read_some(0, text);
  return size && *size > 0 ? runtime::hash_bytes({text.data(), *size}).value : 0;
}

mapped_crash_notes::mapped_crash_notes(std::unique_ptr<mapped_page> page, std::uint64_t boot)
    : boot_(boot), page_(std::move(page)) {}

expected<std::unique_ptr<mapped_crash_notes>> mapped_crash_notes::open(file_system& files,
                                                                       const std::string& path,
                                                                       std::uint64_t boot) {
  if (auto there = files.open(path, open_mode::write);
      !there || (*there)->size().value_or(0) < mapped_page::page_bytes) {
    auto made = files.open(path, open_mode::create);
    if (!made) return std::unexpected(made.error());
    if (auto sized = (*made)->allocate(mapped_page::page_bytes); !sized)
      return std::unexpected(sized.error());
  }
  auto page = files.map_page(path);
  if (!page) return std::unexpected(page.error());
  std::unique_ptr<mapped_crash_notes> notes(new mapped_crash_notes(*std::move(page), boot));
  notes->read();
  return notes;
}

void mapped_crash_notes::read() {
  const auto& found = *header();
  if (found.magic != magic || found.boot != boot_ || boot_ == 0) return empty({});
  if (found.without_place != 0) return;
  left_.emplace(runtime::session_id(found.session), std::vector<note>{});
  for (const auto& one : std::span(entries(), places)) {
    if (one.created == 0) continue;
    left_->running.push_back({runtime::partition_index(one.partition),
                              {runtime::offset(one.created), runtime::thing_number(one.command)}});
  }
}

void mapped_crash_notes::belong_to(runtime::session_id session) {
  std::call_once(belongs_, [this, session] { empty(session); });
}

void mapped_crash_notes::empty(runtime::session_id session) {
  // The process may end between any two stores: whoever reads the page then finds nothing known.
  std::atomic_ref(header()->magic).store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::fill_n(entries(), places, entry{});
  *header() = {.magic = 0, .boot = boot_, .without_place = 0, .session = session.value};
  std::atomic_ref(header()->magic).store(magic, std::memory_order_release);
}

runtime::crash_notes::place mapped_crash_notes::take(const note& who) {
  thread_local const std::uint32_t start = hint_.fetch_add(1, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < places; ++i) {
    const auto at = (start + i) % places;
    if (taken_[at].load(std::memory_order_relaxed) ||
        taken_[at].exchange(true, std::memory_order_acquire))
      continue;
    auto& entry = entries()[at];
    entry.partition = who.partition.value;
    entry.command = who.run.command.value;
    std::atomic_ref(entry.created).store(who.run.created.value, std::memory_order_release);
    return static_cast<place>(at);
  }
  std::atomic_ref(header()->without_place).fetch_add(1, std::memory_order_acq_rel);
  return no_place;
}

void mapped_crash_notes::take_back(place where) {
  if (where == no_place) {
    std::atomic_ref(header()->without_place).fetch_sub(1, std::memory_order_acq_rel);
    return;
  }
  std::atomic_ref(entries()[where].created).store(0, std::memory_order_release);
  taken_[where].store(false, std::memory_order_release);
}

}  // namespace perdure::transport
