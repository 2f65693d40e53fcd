#include "tests/integration/disk_node.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>

#include "transport/embedded_log.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

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

std::unique_ptr<whole_node> whole_node::make() { return std::make_unique<disk_node>(); }

disk_node::disk_node() {
  options.data_directory = directory.path() + "/data";
  options.log.segment_bytes = std::uint64_t{32} << 20;
  options.namespaces = usual_namespaces();
  options.threads.steps.threads = 16;
}

whole_node::opened_node disk_node::open_node(deploy::running_node::report_function say,
                                             deploy::running_node::fatal_function on_fatal) {
  return deploy::embedded_node::open(options, *offered, std::move(say), std::move(on_fatal));
}

void disk_node::append(runtime::partition_index partition,
                       const std::vector<std::string>& records) {
  transport::posix_file_system files;
  transport::system_clock clock;
  transport::system_random random;
  auto log_options = options.log;
  log_options.directory = options.data_directory + "/log";
  auto log = transport::embedded_log::open(log_options, {files, clock, random}, [](auto) {});
  ASSERT_TRUE(log) << log.error().message;
  for (const auto& record : records) {
    runtime::append_request request;
    request.entries.push_back({partition, 0, static_cast<std::uint32_t>(record.size())});
    request.bytes = record;
    (*log)->submit(std::move(request));
  }
  ASSERT_TRUE((*log)->run_once());
  ASSERT_TRUE((*log)->close());
}

}  // namespace perdure::testing
