#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/membership/member.hpp"

namespace perdure::runtime::membership {

/// Node "me" with session 1, which serves "alpha" with 2 partitions.
member_options options_of_me();

/// One member that decides, on a log to which a test says what others append. What it appends lands
/// when the test says so.
class lone_member {
 public:
  explicit lone_member(member_options options = options_of_me(),
                       reading_from start = reading_from::first_record)
      : acts(std::move(options), start) {}

  /// Somebody's record lands and is read.
  offset land(const std::string& record);
  /// What it has appended lands, in order, and is read.
  void land_own();
  /// It is lost.
  void lose_own() { appended.clear(); }
  /// Time passes; what it appends waits.
  void pass(duration time);
  /// Time passes; what it appends lands at once.
  void live(duration time);
  /// Has read to the end, and lives until it is a member.
  void begin();
  /// A member that joins beside it. It lives on: `heartbeat` is its next one.
  member_id join(std::string_view node, std::uint64_t session, std::uint32_t weight = 1);
  void heartbeat(member_id other);

  /// The kinds of what it has appended and has not landed.
  std::vector<std::string> waiting() const;
  std::size_t count(record_kind kind) const;  ///< of records that landed
  const cluster_state& folded() const { return acts.folded(); }
  partition_role role(std::uint32_t partition) const {
    return acts.roles().at(partition_index(partition));
  }
  /// How long it takes until it is so; a minute: never.
  template <class Condition>
  duration until(const Condition& condition) {
    const auto from = now;
    while (!condition() && now < from + seconds(60)) live(milliseconds(10));
    return now - from;
  }

  member acts;
  timestamp now{1'000'000};
  std::vector<std::string> log;
  std::vector<std::string> appended;
  std::vector<std::string> told;
  offset forget;

 private:
  void take();

  cluster_decoder decoder_;
};

}  // namespace perdure::runtime::membership
