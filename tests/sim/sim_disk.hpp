#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"
#include "tests/unit/transport/memory_disk.hpp"

namespace perdure::sim {

/// How a disk behaves. Chances are for each call, unless it says something else.
struct disk_manners {
  runtime::duration write{150}, write_jitter{400};  ///< until a batch is written and synced
  double slow = 0;                                  ///< of batches that take up to three seconds
  double power_loss = 0;    ///< of the ends of a process: the machine ends with it
  double failed_read = 0;   ///< here and in the next two: for once, or for some seconds
  double failed_write = 0;  ///< a part may be written
  double failed_sync = 0;   ///< what was not synced counts as clean from then on, as on Linux
  double full = 0;          ///< of calls that need space: from then on there is none for a while
  double end_at_name = 0;   ///< the process ends where it changes a name or syncs it
  double end_at_store = 0;  ///< the process ends while it stores into the mark page
  double short_write = 0;   ///< takes a part
  double short_read = 0;    ///< gives a part
  bool copies_on_write = false;  ///< every write needs space, not only those that make files grow
};

/// A machine's disk: it stays when processes and the machine's power come and go. A process ends at
/// any call that changes it; then what was written stays for the next one, or, if the power went
/// too, what was synced and any of the rest, sector by sector.
class sim_disk {
 public:
  explicit sim_disk(world& in);
  void behave(const disk_manners& how) { how_ = how; }
  const disk_manners& manners() const { return how_; }
  void end_faults();

  /// The disk as one life has it: nothing that it calls there has an effect when it is over.
  std::unique_ptr<transport::file_system> mount(life_ptr whose);
  /// What other threads of a process do while one of them is in a call: `what` is called in the
  /// middle of each. Null: nothing.
  void meanwhile(std::function<void()> what) { meanwhile_ = std::move(what); }
  /// The process is over. Of what it was storing into a page when it ended some words are there.
  void settle();
  /// The machine comes up again, with what has survived.
  void lose_power();
  /// How often it came up.
  std::uint64_t boots() const { return boots_; }
  /// How many calls have failed because the world wanted it.
  std::uint64_t failures() const { return failures_; }
  /// A sync has failed: what a process took for written may come back as it was.
  bool has_lied() const { return has_lied_; }
  /// How long the next batch takes to be written and synced.
  runtime::duration write_time();

  const transport::memory_disk& content() const { return *content_; }

 private:
  friend class mount_point;
  friend class mounted_disk;
  friend class mounted_file;
  friend class mounted_page;

  /// A sort of call that fails: once, or until then.
  struct trouble {
    runtime::timestamp until;
  };
  enum class call { read, write, sync, take_space };
  /// Its error, if it is to fail.
  runtime::expected<void> allow(call what, const std::string& path);
  bool fails(trouble& now, double chance, runtime::duration most);
  void boot();
  struct held_lock {
    life_ptr by;
    std::shared_ptr<std::unique_ptr<transport::directory_lock>> lock;
  };
  /// Those of processes that have ended, though something of them still holds on to them.
  void release_locks();

  world& world_;
  disk_manners how_;
  std::unique_ptr<transport::memory_disk> content_;
  std::vector<held_lock> locks_;
  trouble reads_, writes_, syncs_, space_;
  std::function<void()> meanwhile_, under_way_;
  std::uint64_t failures_ = 0, boots_ = 0;
  bool has_lied_ = false;
};

}  // namespace perdure::sim
