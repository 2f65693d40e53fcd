#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/state.hpp"
#include "tests/unit/runtime/traces/words.hpp"

namespace perdure::runtime::traces {

/// Plays the commands of a trace against the states of partitions P and Q: each command writes one
/// record as a client, a step pool or an owner would, and `apply` says what it does. README.md in
/// this folder lists the commands.
class player {
 public:
  player();

  /// "P> start w": the actions of the record, a line each, the first with its offset. Throws
  /// bad_trace.
  std::string play(std::string_view line);

  struct entry {
    std::uint64_t at = 0;
    std::string bytes;
    bool had_effect = false;
  };
  /// What P or Q holds.
  const std::vector<entry>& log(std::string_view name) { return at(name).log; }

  /// Lands a copy of each record that took effect. The first that changed something, or nothing.
  std::string changed_by_a_copy();

 private:
  struct partition {
    explicit partition(partition_index self) : folded(self) {}
    state folded;
    std::vector<entry> log;
  };
  struct message {
    wire::Body body;
    std::string content;
  };

  partition& at(std::string_view name);
  const actions& land(partition& where, std::string bytes);
  std::string record(partition& where, words& said);
  std::string input(partition& where, words& said, const std::string& verb);
  std::string decision(partition& where, words& said, const std::string& verb);
  std::string claim(const partition& where, words& said);
  std::string message_record(const partition& where, words& said);
  std::string turn(partition& where, words& said);
  void consume(const run_state& run, wire::Turn& turn, words& said);
  void command(const partition& where, const run_state& run, wire::Turn& turn, words& said);
  void end(const run_state& run, wire::Turn& turn);
  void send(wire::Turn& turn, partition_index target, wire::Body body, const std::string& content);

  std::vector<std::unique_ptr<partition>> partitions_;
  std::uint64_t offset_ = 0;
  actions did_;
  record_decoder decoder_;
  /// By source and target: what valid turns sent.
  std::map<std::pair<partition_index, partition_index>, std::vector<message>> sent_;
  std::vector<std::string> contents_;  ///< of the turn being made: its outgoing payloads
};

}  // namespace perdure::runtime::traces
