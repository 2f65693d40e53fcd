#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/membership/model/audit.hpp"
#include "tests/unit/runtime/membership/model/options.hpp"
#include "tests/unit/runtime/membership/model/process.hpp"

namespace perdure::runtime::membership::model {

/// Nodes on one cluster log under chance: processes start, die, stand still and wake up, leave;
/// logs lose, delay, repeat, and stop for all; clocks jump and differ; operators drain. Their
/// partitions are claimed and handed over as `actors/` does it. Then the faults end, and all must
/// be as it should be.
class world {
 public:
  explicit world(const options& how);
  /// Throws violation.
  void run();
  void story_to(std::vector<std::string>& lines);
  const sights& seen() const { return audit_.seen; }

 private:
  struct entry {
    std::unique_ptr<google::protobuf::Message> header;
    decoded_record record;
    timestamp landed;
  };
  struct flight {
    timestamp lands;
    std::string bytes;
    partition_index mailbox;  ///< 0: the cluster log
    mailbox_record claim;     ///< of a mailbox
  };

  void step();
  void note(const std::string& what);
  // world.cpp: the logs
  void send(process& from, flight what);
  void land_what_is_due();
  void land(const std::string& bytes);
  void land(partition_index partition, const mailbox_record& record);
  // world_processes.cpp
  bool stands(const process& who) const { return who.paused_until > now_; }
  bool is_cut(const process& who) const { return who.cut_until > now_ || outage_until_ > now_; }
  bool is_well(const process& who) const;
  process* find(session_id session);
  process* live_one(const std::string& node);
  void start(const std::string& node);
  void live(process& who);
  void read(process& who);
  void obey(process& who);
  void act(process& who, partition_index partition, seat& at);
  void read_mailbox(process& who, partition_index partition, seat& at);
  void say(process& who, partition_index partition, const seat& at, mailbox_record::sort what);
  // world_faults.cpp
  void fault();
  void fault_of(process& who);
  void kill(process& who);
  void drain_somebody();
  void end_faults();
  duration hand_over() const;
  void expect_order();
  void expect_owner(partition_index partition, const placement& place);
  [[noreturn]] static void wrong(const std::string& what);
  void kill_one_and_watch();

  options how_;
  dice chance_, clocks_;
  audit audit_;
  timestamp now_ = begin;
  bool faults_ = true;
  std::deque<entry> log_;
  std::size_t first_ = 0;  ///< what is before is forgotten
  std::uint64_t next_offset_ = 1;
  std::vector<flight> flights_;
  std::map<partition_index, std::vector<mailbox_record>> mailboxes_;
  std::map<partition_index, mailbox> holders_;  ///< the fold of all of it
  std::vector<std::unique_ptr<process>> processes_;
  std::map<std::string, std::pair<std::uint32_t, std::vector<std::string>>>
      nodes_;  ///< weight, namespaces
  timestamp outage_until_;
  std::uint64_t sessions_ = 0;
  std::size_t claims_ = 0;
  cluster_decoder decoder_;
  std::vector<std::string>* story_ = nullptr;
};

}  // namespace perdure::runtime::membership::model
