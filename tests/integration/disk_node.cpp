#include "tests/integration/disk_node.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace perdure::testing {

temporary_directory::temporary_directory() {
  auto name = (std::filesystem::temp_directory_path() / "perdure-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

disk_node::disk_node() {
  options.data_directory = directory.path() + "/data";
  options.log.segment_bytes = std::uint64_t{32} << 20;
  options.namespaces = {{"team", 4, {}, 3'600, 1'000},
                        {"legal", 2, {"team"}, 3'600, 1'000},
                        {"closed", 1, {}, 3'600, 1'000}};
  options.threads.steps.threads = 16;
}

disk_node::~disk_node() { crash(); }

runtime::expected<void> disk_node::begin() {
  const auto say = [this](runtime::log_line::level, const std::string& text) {
    const std::lock_guard lock(mutex_);
    said_.push_back(text);
    changed_.notify_all();
  };
  auto opened =
      deploy::embedded_node::open(options, *offered, say, [say](const runtime::error& why) {
        say(runtime::log_line::level::error, "FATAL: " + why.message);
      });
  if (!opened) return std::unexpected(opened.error());
  node = *std::move(opened);
  return {};
}

runtime::expected<void> disk_node::open() {
  if (auto begun = begin(); !begun) return begun;
  if (!node->wait_until_ready(runtime::seconds(60)))
    return runtime::fail(runtime::errc::timed_out, "not ready within a minute");
  return {};
}

void disk_node::start() {
  if (const auto opened = open(); !opened) throw std::runtime_error(opened.error().message);
}

bool disk_node::stop() {
  if (!node) return true;
  const bool handed_over = node->stop();
  node.reset();
  return handed_over;
}

void disk_node::crash() {
  if (!node) return;
  node->abandon();
  node.reset();
}

runtime::expected<runtime::run_details> disk_node::wait_until(
    const std::string& id, const std::function<bool(const runtime::run_details&)>& is_so) {
  for (int i = 0; i < 12'000; ++i) {
    auto details = client().describe(id);
    if (!details || is_so(*details)) return details;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return runtime::fail(runtime::errc::timed_out, "not so within a minute");
}

std::string disk_node::wait_for_condition(const std::string& id, std::string_view condition) {
  const auto details = wait_until(id, [condition](const runtime::run_details& now) {
    return now.summary.condition == condition;
  });
  return details ? details->summary.detail
                 : fmt::format("error: waiting for {}: {}", condition, details.error().message);
}

bool disk_node::has_said(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
}

void disk_node::wait_until_said(std::string_view text) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] {
        return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
      })) {
    throw std::runtime_error(fmt::format("the node has not said '{}'", text));
  }
}

}  // namespace perdure::testing
