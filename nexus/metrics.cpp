#include "nexus/metrics.hpp"

#include <array>
#include <iterator>
#include <utility>

#include <prometheus/text_serializer.h>

namespace perdure::nexus {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using runtime::partition_status;

using labels = std::vector<ClientMetric::Label>;

void add_value(MetricFamily& family, labels of, double value) {
  ClientMetric metric;
  metric.label = std::move(of);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

MetricFamily family_of(std::string name, std::string help, MetricType type) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return family;
}

MetricFamily single(std::string name, std::string help, MetricType type, double value) {
  MetricFamily family = family_of(std::move(name), std::move(help), type);
  add_value(family, {}, value);
  return family;
}

struct partition_gauge {
  const char* name;
  const char* help;
  double (*value)(const partition_status&);
};

constexpr std::array<partition_gauge, 11> partition_gauges{{
    {"owned", "1 while this node acts for the partition",
     [](const partition_status& of) { return of.state == "owner" ? 1.0 : 0.0; }},
    {"applied_offset", "offset of the last record applied",
     [](const partition_status& of) { return static_cast<double>(of.applied.value); }},
    {"epoch", "offset of the claim in force",
     [](const partition_status& of) { return static_cast<double>(of.current.value); }},
    {"open_runs", "runs that have not closed",
     [](const partition_status& of) { return static_cast<double>(of.open_runs); }},
    {"resident_runs", "open runs with their code in memory",
     [](const partition_status& of) { return static_cast<double>(of.resident_runs); }},
    {"closed_runs", "closed runs that are kept",
     [](const partition_status& of) { return static_cast<double>(of.closed_runs); }},
    {"runnable_runs", "runs with something to do that have not got to it",
     [](const partition_status& of) { return static_cast<double>(of.runnable); }},
    {"parked_runs", "runs whose code cannot go on as it is: each needs a person",
     [](const partition_status& of) { return static_cast<double>(of.parked); }},
    {"paused_runs", "runs stopped by an operator",
     [](const partition_status& of) { return static_cast<double>(of.paused); }},
    {"running_steps", "attempts of steps that were handed out and have not reported",
     [](const partition_status& of) { return static_cast<double>(of.running_steps); }},
    {"queued_steps", "steps that wait for room in steps.window",
     [](const partition_status& of) { return static_cast<double>(of.queued_steps); }},
}};

}  // namespace

void metrics::add_source(std::function<metric_families()> source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back(std::move(source));
}

std::string metrics::exposition(metric_families more) const {
  metric_families all = registry_->Collect();
  const auto append = [&all](metric_families families) {
    std::ranges::move(families, std::back_inserter(all));
  };
  {
    const std::lock_guard lock(mutex_);
    for (const auto& source : sources_) append(source());
  }
  append(std::move(more));
  return prometheus::TextSerializer().Serialize(all);
}

metric_families to_families(const runtime::node_status& node) {
  metric_families families;
  families.push_back(single("perdure_node_ready",
                            "1 when this node owns, or follows, every partition", MetricType::Gauge,
                            node.ready ? 1 : 0));
  MetricFamily build =
      family_of("perdure_node_build", "which node and build this is: always 1", MetricType::Gauge);
  add_value(build, {{"node", node.node}, {"build", node.build}}, 1);
  if (!node.node.empty()) families.push_back(std::move(build));
  for (const partition_gauge& gauge : partition_gauges) {
    MetricFamily family =
        family_of(std::string("perdure_partition_") + gauge.name, gauge.help, MetricType::Gauge);
    for (const partition_status& partition : node.partitions) {
      add_value(family,
                {{"namespace", partition.name_space},
                 {"partition", std::to_string(partition.number_in_namespace)}},
                gauge.value(partition));
    }
    families.push_back(std::move(family));
  }
  return families;
}

metric_families to_families(const transport::http_server_statistics& server) {
  return {single("perdure_http_connections_open", "connections just now", MetricType::Gauge,
                 static_cast<double>(server.open_connections)),
          single("perdure_http_connections_accepted_total", "connections taken in",
                 MetricType::Counter, static_cast<double>(server.accepted)),
          single("perdure_http_connections_turned_away_total", "connections over a limit",
                 MetricType::Counter, static_cast<double>(server.turned_away)),
          single("perdure_http_requests_malformed_total",
                 "requests that were malformed, too large or too slow to get to a handler",
                 MetricType::Counter, static_cast<double>(server.refused))};
}

}  // namespace perdure::nexus
