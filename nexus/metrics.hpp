#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include "runtime/client.hpp"
#include "transport/http_server.hpp"

namespace perdure::nexus {

using metric_families = std::vector<prometheus::MetricFamily>;

/// What /metrics shows. Two ways in: counters and histograms that live in `registry()` and are
/// touched as things happen, and sources that are asked at each scrape. Any thread.
class metrics {
 public:
  metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

  prometheus::Registry& registry() { return *registry_; }

  /// `source` is called at each scrape, on the thread that renders it, until this is destroyed: it
  /// must not block.
  void add_source(std::function<metric_families()> source);

  /// Prometheus' text format of everything, `more` included.
  std::string exposition(metric_families more = {}) const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  mutable std::mutex mutex_;
  std::vector<std::function<metric_families()>> sources_;
};

/// perdure_node_* and perdure_partition_*: open, resident, closed, runnable, parked and paused
/// runs, running and queued steps, applied offset and epoch per partition.
metric_families to_families(const runtime::node_status& node);

/// perdure_http_connections_*.
metric_families to_families(const transport::http_server_statistics& server);

}  // namespace perdure::nexus
