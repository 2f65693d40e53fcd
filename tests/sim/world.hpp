#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/ids.hpp"
#include "tests/sim/stage.hpp"
#include "tests/world/dice.hpp"

namespace perdure::sim {

/// One life of one node. Everything that acts for it holds on to this: when it is over nothing of
/// it has an effect any more, whoever still holds it.
class life {
 public:
  life(std::uint32_t node, std::uint64_t number) : node_(node), number_(number) {}
  bool alive() const { return alive_; }
  bool frozen() const { return frozen_; }
  /// How often that has changed.
  std::uint64_t freezes_and_thaws() const { return freezes_and_thaws_; }
  std::uint32_t node() const { return node_; }
  std::uint64_t number() const { return number_; }

 private:
  friend class world;
  const std::uint32_t node_;
  const std::uint64_t number_;
  bool alive_ = true, frozen_ = false;
  std::uint64_t freezes_and_thaws_ = 0;
  std::vector<std::function<void()>> held_;  ///< what came due while it was frozen
};
using life_ptr = std::shared_ptr<life>;

/// Virtual time, chance, and all that is going to happen. One thread; the same seed makes the same
/// of everything. Draws for schedule, faults, load and code do not disturb each other.
class world {
 public:
  explicit world(std::uint64_t seed);

  testing::dice schedule, faults, load;
  testing::dice code;   ///< how nodes run what they offer, and what is tried when all is done
  testing::dice forms;  ///< of the log and of clocks, among worlds that the others have drawn

  /// The true time, from 0. Nodes see clocks of their own.
  runtime::timestamp now() const { return now_; }
  /// Happens so much later; of equal times the earlier said first. Not if `whose` is over by then;
  /// when `whose` is frozen, as soon as it is not. Null: nobody's.
  void in(runtime::duration delay, life_ptr whose, std::function<void()> what);
  /// Between so much and so much more.
  runtime::duration drawn(runtime::duration least, runtime::duration more);

  life_ptr begin_life(std::uint32_t node);
  /// Whoever asks is about to have an effect. False: the life is over, maybe just here.
  bool still_alive(const life_ptr& whose);
  void end(const life_ptr& whose);
  /// Whose code runs now; null: nobody's.
  const life_ptr& running() const { return running_; }
  void freeze(const life_ptr& whose);
  void thaw(const life_ptr& whose);
  /// The world is over: what it was to do when it thaws is not, and may hold on to it.
  static void never_thaw(const life_ptr& whose) { whose->held_.clear(); }
  /// The chance of an end at each place where one is possible.
  void set_crash_chance(double chance) { crash_chance_ = chance; }
  /// The chance, at each move, that something else comes first though an actor could run: threads
  /// take time.
  void set_actors_slow(double chance) { slow_ = chance; }
  /// The chance that users' code takes up to a second.
  void set_code_slow(double chance) { slow_code_ = chance; }
  /// Hears of each life that is over, before anything else happens.
  void set_undertaker(std::function<void(const life_ptr&)> what) { undertaker_ = std::move(what); }

  /// From now on there is one actor system for all. REQUIRES: none is open.
  void share_stage();
  bool shares_stage() const { return shared_ != nullptr; }
  /// A stage for the actors of one life; REQUIRES: who opens it says `own_actors`.
  stage& open_stage(life_ptr whose);
  void close_stage(const stage& which);
  /// Actors that nobody owns yet are that life's.
  void own_actors(const life_ptr& whose);

  /// One actor takes a message, or time passes to what is due. False: nothing will ever happen.
  bool move();
  std::uint64_t moves() const { return moves_; }
  /// In how many of the seconds so far anything happened: most of a year of sleep is none.
  std::uint64_t busy_seconds() const { return busy_seconds_; }

  /// A line of the story. Costs nothing to make unless the story is told.
  template <class... Args>
  void note(fmt::format_string<Args...> text, Args&&... args) {
    if (tells_) tell(fmt::format(text, std::forward<Args>(args)...));
  }
  void tell_story(bool tells) { tells_ = tells; }
  bool tells() const { return tells_; }
  const std::vector<std::string>& story() const { return story_; }
  /// Mixes something that happened into the trace's hash.
  void trace(std::uint64_t what);
  std::uint64_t trace_hash() const { return hash_; }

 private:
  struct event {
    runtime::timestamp due;
    std::uint64_t serial;
    life_ptr whose;
    std::function<void()> what;
    bool operator>(const event& other) const {
      return std::pair(due, serial) > std::pair(other.due, other.serial);
    }
  };
  struct open_stage_of {
    life_ptr whose;
    std::unique_ptr<stage> acts;
  };

  std::optional<runtime::timestamp> next_due() const;
  bool is_slow();
  runtime::duration duration_of_code();
  const life_ptr& owner_of(const open_stage_of& one, std::size_t which) const;
  bool run_an_actor();
  bool pass_time();
  void bury();
  void tell(std::string line);

  runtime::timestamp now_;
  std::uint64_t serial_ = 0, moves_ = 0, hash_ = 0, lives_ = 0, busy_seconds_ = 1;
  double crash_chance_ = 0, slow_ = 0, slow_code_ = 0;
  std::vector<event> events_;  ///< a heap, the first due on top
  std::vector<open_stage_of> stages_;
  stage* shared_ = nullptr;
  std::vector<life_ptr> owners_;  ///< of the shared stage's actors, by id
  std::vector<std::pair<const open_stage_of*, std::size_t>> ready_;  ///< actors that may run
  std::vector<life_ptr> ended_;
  life_ptr running_;
  std::function<void(const life_ptr&)> undertaker_;
  bool tells_ = false;
  std::vector<std::string> story_;
};

}  // namespace perdure::sim
