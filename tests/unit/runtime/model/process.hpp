#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/unit/runtime/node.hpp"

namespace perdure::runtime::model {

/// What a seat is doing about its partition.
enum class seat_role { wants, claiming, owner, reader };

/// A record on its way to a partition.
struct landing {
  partition_index target;
  std::string bytes;
};

/// How an append of its own ended.
struct report {
  std::uint64_t producer = 0;
  partition_index target;
  message_number number;  ///< of a message; 0: a record of the own partition
  bool landed = false;
};

/// A node in the model: its owners, and the lines in which its appends wait to land.
struct process {
  struct place {
    seat* at = nullptr;
    seat_role role = seat_role::wants;
    std::uint64_t producer = 0;
    std::deque<report> reports;
  };
  struct batch {
    std::vector<landing> records;
    report outcome;
  };
  /// Place, its producer, target partition. With atomic batches there is one line for all.
  using line = std::tuple<std::size_t, std::uint64_t, std::uint32_t>;

  process(memory_log& log, const routes& where, std::uint64_t number)
      : host(log, where), name(number) {}

  place& place_of(const seat* at) {
    for (auto& place : places) {
      if (place.at == at) return place;
    }
    return places.front();
  }

  /// Takes what its owners appended into the lines.
  void pump(bool atomic) {
    for (; !host.appends.empty(); host.appends.pop_front()) {
      auto& [from, request] = host.appends.front();
      batch together;
      for (const auto& entry : request.entries) {
        together.records.push_back(
            {entry.partition, request.bytes.substr(entry.begin, entry.length)});
        if (!atomic) add(from, std::exchange(together, {}), from->folded.self(), {});
      }
      if (atomic) lines[{0, 0, 0}].push_back(std::move(together));
    }
    for (; !host.messages.empty(); host.messages.pop_front()) {
      auto& [from, order] = host.messages.front();
      add(from, {{{order.target, order.record}}, {}}, order.target, order.number);
    }
  }

  node host;
  std::uint64_t name;
  bool alive = true, draining = false;
  std::string killer;
  std::vector<place> places;
  std::map<line, std::deque<batch>> lines;

 private:
  void add(const seat* from, batch what, partition_index target, message_number number) {
    const auto& place = place_of(from);
    what.outcome = {place.producer, target, number, false};
    lines[{static_cast<std::size_t>(&place - places.data()), place.producer, target.value}]
        .push_back(std::move(what));
  }
};

}  // namespace perdure::runtime::model
