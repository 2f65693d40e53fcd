// The plug is pulled, or the process killed, before each single operation on the disk.

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/log_script.hpp"
#include "tests/unit/transport/log_survival.hpp"

namespace perdure::transport {
namespace {

using names = memory_disk::names;
using unsynced = memory_disk::unsynced;

/// The disks as which `disk` may come up: with every combination of unsynced sectors if they are
/// few; else with none, all, each alone, all but each, and some drawn by lot.
void for_each_loss(const memory_disk& disk, std::mt19937& lot,
                   const std::function<void(std::unique_ptr<memory_disk>, std::string)>& visit) {
  constexpr std::size_t few = 7;
  constexpr std::size_t draws = 20;
  auto stake = disk.at_stake();
  std::vector<std::vector<bool>> choices;
  if (stake.size() <= few) {
    for (std::size_t bits = 0; bits < std::size_t{1} << stake.size(); ++bits) {
      choices.emplace_back();
      for (std::size_t i = 0; i < stake.size(); ++i) choices.back().push_back((bits >> i & 1) != 0);
    }
  } else {
    choices.emplace_back(stake.size(), false);
    choices.emplace_back(stake.size(), true);
    for (std::size_t i = 0; i < stake.size(); ++i) {
      choices.emplace_back(stake.size(), false);
      choices.back()[i] = true;
      choices.emplace_back(stake.size(), true);
      choices.back()[i] = false;
    }
    for (std::size_t i = 0; i < draws; ++i) {
      choices.emplace_back();
      for (std::size_t k = 0; k < stake.size(); ++k) choices.back().push_back(lot() % 2 == 0);
    }
  }
  for (names which : {names::as_synced, names::as_seen}) {
    for (const auto& choice : choices) {
      std::string what = which == names::as_seen ? "names as seen, kept:" : "names synced, kept:";
      for (std::size_t i = 0; i < stake.size(); ++i) {
        if (choice[i]) what += fmt::format(" {}@{}", stake[i].path, stake[i].sector);
      }
      visit(disk.after_power_loss(which,
                                  [&](const unsynced& sector) {
                                    auto at = std::ranges::lower_bound(stake, sector);
                                    return choice[static_cast<std::size_t>(at - stake.begin())];
                                  }),
            what);
    }
  }
}

/// Opens the log that is left on `disk` and takes one more record.
std::vector<told> open_and_go_on(memory_disk& disk, const std::string& what) {
  log_world world(disk);
  auto opened = world.open();
  EXPECT_TRUE(opened) << what << ": " << opened.error().message;
  if (!opened) return {};
  auto found = world.opened_with;
  std::uint64_t next = found.empty() ? 1 : found.back().at + 1;
  EXPECT_EQ(world.append("after"), runtime::offset(next)) << what;
  EXPECT_TRUE(world.open()) << what;
  EXPECT_EQ(world.opened_with.size(), found.size() + 1) << what;
  EXPECT_TRUE(world.log().opening().cuts.empty()) << what;
  return found;
}

/// Runs the script and visits the disk as it stands before each operation.
void before_each_operation(
    const std::function<void(const memory_disk&, const log_script&, const std::string&)>& visit) {
  memory_disk disk;
  failing_files files(disk);
  log_script script(files);
  std::size_t operations = 0;
  files.before_operation([&](const std::string& operation) {
    visit(disk, script, fmt::format("operation {}, {}", ++operations, operation));
  });
  EXPECT_TRUE(script.run());
  EXPECT_GT(operations, 100u);
}

TEST(log_power_loss, rule_8_a_kill_at_any_operation_loses_nothing_acknowledged) {
  before_each_operation(
      [](const memory_disk& disk, const log_script& script, const std::string& when) {
        auto after = disk.after_kill();
        EXPECT_EQ(script.judge(open_and_go_on(*after, when)), "") << when;
      });
}

TEST(log_power_loss, rule_8_any_combination_of_lost_sectors_leaves_whole_batches) {
  std::mt19937 lot(8);
  std::size_t states = 0;
  before_each_operation(
      [&](const memory_disk& disk, const log_script& script, const std::string& when) {
        if (::testing::Test::HasFailure()) return;
        for_each_loss(disk, lot, [&](std::unique_ptr<memory_disk> after, const std::string& what) {
          ++states;
          EXPECT_EQ(script.judge(open_and_go_on(*after, when + what)), "") << when << ", " << what;
        });
      });
  EXPECT_GT(states, 2000u);
}

TEST(log_power_loss, rule_8_a_kill_at_any_operation_and_a_power_loss_later_lose_nothing) {
  before_each_operation(
      [](const memory_disk& disk, const log_script& script, const std::string& when) {
        if (::testing::Test::HasFailure()) return;
        expect_survived(disk, script.history(), when);
      });
}

// A batch of six sectors, all 64 ways to lose them, and both ways for the mark: nothing drawn by
// lot.
TEST(log_power_loss, rule_8_a_batch_survives_whole_or_not_at_all) {
  memory_disk disk;
  failing_files files(disk);
  log_world world(files);
  ASSERT_TRUE(world.open());
  ASSERT_TRUE(world.append("first"));
  std::size_t whole = 0;
  std::size_t none = 0;
  files.before_operation([&](const std::string& operation) {
    if (!operation.starts_with("sync /log/segment")) return;
    std::mt19937 unused;
    for_each_loss(disk, unused, [&](std::unique_ptr<memory_disk> after, const std::string& what) {
      auto found = open_and_go_on(*after, what);
      ASSERT_TRUE(found.size() == 1 || found.size() == 4) << what;
      ++(found.size() == 4 ? whole : none);
    });
  });
  world.submit({{1, std::string(900, 'a')}, {2, std::string(900, 'b')}});
  world.submit({{3, std::string(500, 'c')}});
  ASSERT_EQ(world.log().run_once(), 3u);
  EXPECT_EQ(disk.at_stake().size(), 2u) << "the mark's slots";
  EXPECT_EQ(none, 2 * (64 - 2u)) << "both sorts of names";
  EXPECT_EQ(whole, 2 * 2u);
}

TEST(log_power_loss, rule_8_power_lost_again_while_opening_loses_nothing) {
  std::mt19937 lot(88);
  before_each_operation([&](const memory_disk& disk, const log_script& script,
                            const std::string& when) {
    if (::testing::Test::HasFailure() || lot() % 4 != 0) return;
    auto first = disk.after_power_loss(names::as_seen, [&](auto&) { return lot() % 2 == 0; });
    std::vector<std::unique_ptr<memory_disk>> seconds;
    failing_files files(*first);
    log_world world(files);
    files.before_operation([&](const std::string&) {
      for (names which : {names::as_synced, names::as_seen}) {
        seconds.push_back(first->after_power_loss(which, [&](auto&) { return lot() % 2 == 0; }));
      }
    });
    ASSERT_TRUE(world.open()) << when;
    // What an opening has shown is acted upon: it must be there from then on, whatever happens.
    auto shown = world.opened_with;
    auto last = first->after_power_loss(names::as_synced, [](auto&) { return false; });
    for (auto& second : seconds) {
      EXPECT_EQ(script.judge(open_and_go_on(*second, when)), "") << when;
    }
    EXPECT_EQ(open_and_go_on(*last, when), shown) << when;
  });
}

TEST(log_power_loss, rule_8_a_fault_while_opening_after_any_loss_loses_nothing) {
  std::mt19937 lot(888);
  std::size_t failed = 0;
  before_each_operation(
      [&](const memory_disk& disk, const log_script& script, const std::string& when) {
        if (::testing::Test::HasFailure()) return;
        auto lost = disk.after_power_loss(names::as_seen, [&](auto&) { return lot() % 2 == 0; });
        for (const auto& fault : disk_faults) {
          auto after = lost->after_kill();
          failing_files files(*after);
          files.on_failed_sync([&](const std::string& path) { after->forget_unsynced(path); });
          const std::size_t operations = fault.code == runtime::errc::no_space ? 8 : 60;
          files.fail_at(1 + lot() % operations, fault.code, fault.duration);
          log_world world(files);
          bool opened = world.open().has_value();
          failed += opened ? 0 : 1;
          auto history = script.history();
          if (opened) history.adopt(world.opened_with);
          expect_survived(*after, history, when + ", then " + files.failed_operation());
        }
      });
  EXPECT_GT(failed, 100u);
}

TEST(log_power_loss, rule_8_what_a_kill_left_in_memory_alone_is_on_the_disk_after_opening) {
  before_each_operation([](const memory_disk& disk, const log_script&, const std::string& when) {
    auto killed = disk.after_kill();
    log_world world(*killed);
    ASSERT_TRUE(world.open()) << when;
    auto shown = world.opened_with;
    auto lost = killed->after_power_loss(names::as_synced, [](auto&) { return false; });
    EXPECT_EQ(open_and_go_on(*lost, when), shown) << when;
  });
}

/// What of the mark page is not synced, each slot alone, torn by the loss of power.
std::vector<std::unique_ptr<memory_disk>> torn_marks(const memory_disk& disk) {
  std::vector<std::unique_ptr<memory_disk>> lost;
  for (const auto& torn : disk.at_stake()) {
    if (torn.path != "/log/mark") continue;
    lost.push_back(disk.after_power_loss(names::as_seen,
                                         [&torn](const unsynced& one) { return one == torn; }));
    auto page = lost.back()->contents(torn.path);
    page[torn.sector * memory_disk::sector_bytes + 32] ^= 1;
    lost.back()->set_contents(torn.path, page);
  }
  return lost;
}

// Twice in a row: a store that a loss of power tears, maybe with an end of the process between.
TEST(log_power_loss,
     rule_8_a_damaged_slot_of_the_mark_is_whole_on_the_disk_before_the_other_changes) {
  for (const std::size_t slot : {0U, 2'048U}) {
    memory_disk disk;
    log_world before(disk);
    ASSERT_TRUE(before.open());
    ASSERT_TRUE(before.append("one"));
    before.crash();
    auto page = disk.contents("/log/mark");
    page[slot] ^= 1;
    disk.set_contents("/log/mark", page);

    std::vector<std::unique_ptr<memory_disk>> lost;
    failing_files files(disk);
    bool killed_later = true;
    files.before_operation([&](const std::string& operation) {
      if (operation != "sync /log/mark") return;
      std::ranges::move(torn_marks(disk), std::back_inserter(lost));
      if (!std::exchange(killed_later, false)) return;
      const auto killed = disk.after_kill();
      failing_files again(*killed);
      again.before_operation([&](const std::string& inner) {
        if (inner == "sync /log/mark")
          std::ranges::move(torn_marks(*killed), std::back_inserter(lost));
      });
      log_world second(again);
      ASSERT_TRUE(second.open());
    });
    log_world opening(files);
    ASSERT_TRUE(opening.open());
    ASSERT_FALSE(lost.empty());
    for (const auto& one : lost) {
      log_world after(*one);
      const auto opened = after.open();
      ASSERT_TRUE(opened) << opened.error().message;
      EXPECT_EQ(after.opened_with.size(), 1U);
    }
  }
}

}  // namespace
}  // namespace perdure::transport
