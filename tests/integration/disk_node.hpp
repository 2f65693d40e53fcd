#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deploy/embedded_node.hpp"
#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {

/// A directory of its own, removed at the end.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A node on real files in a temporary directory.
class disk_node final : public whole_node {
 public:
  disk_node();
  ~disk_node() override { crash(); }

  actors::node_options& node_options() override { return options.node; }
  std::vector<runtime::namespace_options>& namespaces() override { return options.namespaces; }
  void take_small_requests() override { options.log.segment_bytes = std::uint64_t{2} << 20; }
  void append(runtime::partition_index partition, const std::vector<std::string>& records) override;

  temporary_directory directory;
  deploy::embedded_node_options options;

 private:
  opened_node open_node(deploy::running_node::report_function say,
                        deploy::running_node::fatal_function on_fatal) override;
};

}  // namespace perdure::testing
