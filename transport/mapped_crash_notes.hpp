#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/crash_notes.hpp"
#include "runtime/error.hpp"
#include "transport/file_system.hpp"

namespace perdure::transport {

/// Crash notes in one mapped page: a note survives the end of the process at once, however it ends,
/// and costs two stores. It does not survive the machine: the page names the boot it was written
/// in, and notes of another boot are not believed. docs/formats/data_directory.md
class mapped_crash_notes final : public runtime::crash_notes {
 public:
  /// Maps the page and remembers what it holds; `belong_to` empties it. `boot`: names this boot of
  /// the machine, see `this_boot`. A page that is damaged or of another boot leaves nothing known.
  /// Errors: io_failed, no_space, denied.
  static runtime::expected<std::unique_ptr<mapped_crash_notes>> open(file_system& files,
                                                                     const std::string& path,
                                                                     std::uint64_t boot);
  /// Hash of the kernel's boot id; 0 if it cannot be read: then notes are never believed.
  static std::uint64_t this_boot(file_system& files);

  void belong_to(runtime::session_id session) override;
  place take(const note& who) override;
  void take_back(place where) override;
  std::optional<page> left_behind() const override { return left_; }

 private:
  mapped_crash_notes(std::unique_ptr<mapped_page> page, std::uint64_t boot);
  void read();
  void empty(runtime::session_id session);

  // On disk: never change.
  struct front {
    std::uint64_t magic, boot;
    std::uint64_t without_place;  ///< how many run that found no place
    std::uint64_t session;        ///< whose code is noted; 0: nobody's yet
  };
  struct entry {
    std::uint64_t created;  ///< 0: free
    std::uint32_t partition, command;
  };
  static constexpr std::size_t places = (mapped_page::page_bytes - sizeof(front)) / sizeof(entry);
  static constexpr std::uint64_t magic = 0x31'45'54'4F'4E'44'52'50;  // "PRDNOTE1"

  front* header() { return reinterpret_cast<front*>(page_->bytes().data()); }
  entry* entries() { return reinterpret_cast<entry*>(page_->bytes().data() + sizeof(front)); }

  const std::uint64_t boot_;
  std::unique_ptr<mapped_page> page_;
  std::once_flag belongs_;
  std::optional<page> left_;
  std::array<std::atomic<bool>, places> taken_{};
  std::atomic<std::uint32_t> hint_{0};
};

}  // namespace perdure::transport
