#include "tests/unit/transport/log_survival.hpp"

#include <gtest/gtest.h>

#include "tests/unit/transport/log_script.hpp"

namespace perdure::transport {
namespace {

using names = memory_disk::names;

bool nothing(const memory_disk::unsynced&) { return false; }

/// Lives for so long on `disk`; then the plug is pulled and nothing survives but what was synced.
void expect_goes_on(memory_disk& disk, const log_history& history, std::size_t rounds,
                    const std::string& when) {
  log_script next(disk, history);
  ASSERT_TRUE(next.run(rounds)) << when << next.failure().message << next.wrong();
  ASSERT_TRUE(next.failed_reads().empty()) << when << next.failed_reads().front().message;
  ASSERT_EQ(next.wrong(), "") << when;
  auto unplugged = disk.after_power_loss(names::as_synced, nothing);
  log_world last(*unplugged);
  auto opened = last.open();
  ASSERT_TRUE(opened) << when << ", then power lost: " << opened.error().message;
  ASSERT_EQ(next.judge(last.opened_with), "") << when << ", then power lost";
}

}  // namespace

void expect_survived(const memory_disk& disk, const log_history& history, const std::string& when) {
  // A life so short makes no new segment: it relies on what it finds.
  constexpr std::size_t rounds = 2;
  expect_goes_on(*disk.after_kill(), history, rounds, when + ", killed");
  for (names which : {names::as_seen, names::as_synced}) {
    expect_goes_on(*disk.after_power_loss(which, nothing), history, rounds, when + ", unplugged");
  }
  expect_goes_on(*disk.after_kill(), history, log_script::later_life, when + ", killed");
}

}  // namespace perdure::transport
