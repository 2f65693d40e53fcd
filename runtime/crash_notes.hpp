#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::runtime {

/// Who was running user code when a process ended (DESIGN 5.3). A note is taken before an
/// activation or a blocking attempt and taken back after; what is still noted when the next process
/// looks was running at the crash. Any thread.
class crash_notes {
 public:
  using place = std::uint32_t;
  static constexpr place no_place = UINT32_MAX;

  struct note {
    partition_index partition;
    run_key run;
    bool operator==(const note&) const = default;
  };

  /// What a process left. `session`: whose it was; none is 0, which no epoch has.
  struct page {
    session_id session;
    std::vector<note> running;
  };

  virtual ~crash_notes() = default;
  /// The session has an epoch, so code will run for it: what the process before left is forgotten,
  /// and what is noted from now on is this session's. Before the first `take`; more than once
  /// changes nothing. A process that ends before leaves the page as it found it.
  virtual void belong_to(session_id session) = 0;
  /// `no_place` if all places are taken: then who runs is not known, only that somebody does, and
  /// after a crash in the meantime all runs with work are suspects.
  virtual place take(const note& who) = 0;
  /// REQUIRES: `where` is what a `take` gave, once; `no_place` too.
  virtual void take_back(place where) = 0;
  /// What the process before left; nullopt if that cannot be known (no page, the machine went down,
  /// or code ran for which there was no place).
  virtual std::optional<page> left_behind() const = 0;
};

/// Notes for the length of a scope.
class crash_note {
 public:
  crash_note(crash_notes& notes, const crash_notes::note& who)
      : notes_(notes), place_(notes.take(who)) {}
  ~crash_note() { notes_.take_back(place_); }
  crash_note(const crash_note&) = delete;
  crash_note& operator=(const crash_note&) = delete;

 private:
  crash_notes& notes_;
  crash_notes::place place_;
};

}  // namespace perdure::runtime
