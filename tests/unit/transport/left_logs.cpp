#include "tests/unit/transport/left_logs.hpp"

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/transport/failing_files.hpp"
#include "tests/unit/transport/log_script.hpp"

namespace perdure::transport {
namespace {

using names = memory_disk::names;

constexpr const char* writes_to_log = "write /log/segment-";

left_log closed() {
  auto disk = std::make_shared<memory_disk>();
  log_script script(*disk);
  EXPECT_TRUE(script.run());
  return {"closed", "", disk, script.history()};
}

/// Killed before the last such operation. One that ends with a dash: of any segment.
left_log killed_before(const std::string& operation) {
  memory_disk disk;
  failing_files files(disk);
  log_script script(files);
  left_log left;
  files.before_operation([&](const std::string& what) {
    bool is_it = operation.ends_with('-') ? what.starts_with(operation) : what == operation;
    if (!is_it) return;
    left.disk = disk.after_kill();
    left.history = script.history();
  });
  EXPECT_TRUE(script.run());
  EXPECT_NE(left.disk, nullptr) << operation;
  return left;
}

left_log killed_before(const std::string& operation, std::string name, std::string repair) {
  auto left = killed_before(operation);
  left.name = std::move(name);
  left.repair = std::move(repair);
  return left;
}

/// Killed when half of the last batch was written.
left_log torn_by_a_kill() {
  auto left = killed_before(writes_to_log, "torn_by_a_kill", writes_to_log);
  memory_disk disk;
  failing_files files(disk);
  log_script script(files);
  std::size_t batches = left.history.batch_ends.size() - 1;
  files.before_operation([&](const std::string& what) {
    if (what.starts_with(writes_to_log) && script.history().batch_ends.size() > batches) {
      files.fail_at(1, runtime::errc::io_failed);
    }
  });
  EXPECT_FALSE(script.run());
  left.disk = disk.after_kill();
  left.history = script.history();
  return left;
}

left_log torn_by_a_power_loss() {
  auto left = killed_before("sync /log/segment-", "torn_by_a_power_loss", writes_to_log);
  left.disk = left.disk->after_power_loss(
      names::as_seen, [](const memory_disk::unsynced& at) { return at.sector % 2 == 0; });
  return left;
}

left_log changed(std::string name, std::string repair,
                 const std::function<void(memory_disk&)>& change) {
  auto left = closed();
  auto disk = left.disk->after_kill();
  change(*disk);
  return {std::move(name), std::move(repair), std::move(disk), std::move(left.history)};
}

void cut_zeros(memory_disk& disk) {
  for (auto& [path, bytes] : disk.contents()) {
    if (!path.starts_with("/log/segment-")) continue;
    disk.set_contents(path, bytes.substr(0, bytes.find_last_not_of('\0') + 1));
  }
}

}  // namespace

std::vector<left_log> left_logs() {
  const std::string mark = "/log/mark";
  const std::string makes_mark = "rename /log/mark.unfinished";
  return {
      closed(),
      torn_by_a_kill(),
      torn_by_a_power_loss(),
      killed_before("sync /log/segment-", "batch_unsynced", writes_to_log),
      killed_before("sync /log", "name_unsynced", ""),
      killed_before("rename /log/segment-", "trimmed_not_recycled", "remove /log/segment-"),
      killed_before("rename /log/segment.unfinished", "segment_unfinished",
                    "remove /log/segment.unfinished"),
      changed(
          "mark_cut_short", makes_mark,
          [&](memory_disk& disk) { disk.set_contents(mark, disk.contents(mark).substr(0, 3000)); }),
      changed("mark_given_up", makes_mark, [&](memory_disk& disk) { disk.set_contents(mark, ""); }),
      changed("zeros_cut", "allocate /log/segment-", cut_zeros),
  };
}

}  // namespace perdure::transport
