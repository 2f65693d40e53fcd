#include "nexus/door/door_metrics.hpp"

#include <utility>

namespace perdure::nexus {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family_of(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

void add(MetricFamily& family, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

}  // namespace

metric_families to_families(const door_statistics& door) {
  auto deliveries =
      family_of("perdure_door_deliveries_total",
                "deliveries of other namespaces of which all is durable", MetricType::Counter);
  add(deliveries, {}, static_cast<double>(door.deliveries));
  auto messages = family_of("perdure_door_messages_total",
                            "messages of other namespaces that are durable", MetricType::Counter);
  add(messages, {}, static_cast<double>(door.messages));
  auto refused =
      family_of("perdure_door_refused_total",
                "deliveries of other namespaces that were refused, by reason", MetricType::Counter);
  for (std::size_t i = 0; i < door_refusals; ++i) {
    add(refused, {{"reason", std::string(name(static_cast<door_refusal>(i)))}},
        static_cast<double>(door.refused[i]));
  }
  return {std::move(deliveries), std::move(messages), std::move(refused)};
}

metric_families to_families(const std::vector<door_link_statistics>& links) {
  auto delivered = family_of("perdure_neighbour_messages_total",
                             "messages that are durable at another namespace", MetricType::Counter);
  auto failures = family_of("perdure_neighbour_failures_total",
                            "deliveries that were refused or not answered", MetricType::Counter);
  auto waiting = family_of("perdure_neighbour_waiting_messages",
                           "messages handed out and not known to be durable at another namespace",
                           MetricType::Gauge);
  auto oldest = family_of("perdure_neighbour_oldest_wait_seconds",
                          "how long the oldest of these has waited", MetricType::Gauge);
  for (const auto& link : links) {
    const std::vector<ClientMetric::Label> labels{{"from", link.from}, {"to", link.to}};
    add(delivered, labels, static_cast<double>(link.delivered));
    add(failures, labels, static_cast<double>(link.failures));
    add(waiting, labels, static_cast<double>(link.waiting));
    add(oldest, labels, static_cast<double>(link.oldest.us) / 1e6);
  }
  return {std::move(delivered), std::move(failures), std::move(waiting), std::move(oldest)};
}

}  // namespace perdure::nexus
