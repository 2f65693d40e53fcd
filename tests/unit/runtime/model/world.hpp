#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/model/audit.hpp"
#include "tests/unit/runtime/model/options.hpp"
#include "tests/unit/runtime/model/process.hpp"

namespace perdure::runtime::model {

/// A swarm under chance: processes come and go, appends are slow, fail, land late or twice, clients
/// ask again, operators meddle, code crashes. After a while the faults stop and all must complete.
/// The C++ sibling of model/mailbox_protocol.py, over the product's own state and owner.
class world {
 public:
  explicit world(const options& how);
  /// Throws violation.
  void run();
  /// Every record, and what else happened, in `lines`.
  void story_to(std::vector<std::string>& lines);
  std::size_t records() const { return audit_.landed(); }

 private:
  struct client {
    partition_index target;
    key_id key;
    std::string record;
    bool asked = false;
  };
  struct poison {
    enum class place { activation, attempt } where = place::activation;
    std::uint64_t from = 0;  ///< its first turn, or its first step, that crashes
  };

  void note(std::string text);
  void land(partition_index target, std::string bytes);
  void make_clients();
  void add_client(partition_index target, std::string_view kind, std::string_view workflow_id,
                  std::string_view key, std::string record);
  void ask_again();
  partition_index home_of(std::string_view workflow_id);

  // world_moves.cpp: what goes on in processes
  bool sweep(double share);
  void fill_places();
  void add_process(const std::vector<std::uint32_t>& partitions);
  bool move(process& who, double share);
  bool move_place(process& who, process::place& place);
  bool read_one(process& who, process::place& place);
  bool hear(process& who, process::place& place);
  bool act(process& who, process::place& place);
  std::optional<std::vector<run_key>> suspects(const state& folded) const;
  bool move_code(process& who);
  bool move_attempt(process& who);
  bool deliver(process& who, const process::line& which);
  void leave(process& who);
  timestamp clock_of(const process& who) const;

  // world_faults.cpp
  void fault();
  void kill(process& who, std::string killer);
  bool crashes(process& who, seat& at, run_key run, poison::place where, std::uint64_t number);
  void fail_an_append();
  void meddle();
  void ask_a_query();
  timestamp next_due() const;
  bool an_owner_waits() const;  ///< for a time
  void end_quietly();
  bool mend();

  options how_;
  dice chance_;
  routes where_;
  memory_log log_;
  audit audit_;
  timestamp now_{1'000'000};
  bool faults_ = true;
  std::vector<std::unique_ptr<process>> processes_;
  std::map<session_id, std::string> ends_;  ///< of processes that are gone: who ended them
  /// What a process that ended had noted. Pages that did not survive are not here.
  std::map<std::pair<session_id, partition_index>, std::optional<std::vector<run_key>>> pages_;
  std::vector<landing> wild_;  ///< may land at any time
  std::vector<client> clients_;
  std::map<std::string, poison> poisoned_;
  std::uint64_t requests_ = 0, tokens_ = 0;
  std::uint64_t config_ = 1;
  std::vector<std::string>* story_ = nullptr;
};

}  // namespace perdure::runtime::model
