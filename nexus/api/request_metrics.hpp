#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "nexus/metrics.hpp"

namespace perdure::nexus {

/// Counts and times the requests of one route: perdure_http_requests_total{route,method,status} by
/// class of status ("2xx") and perdure_http_request_seconds{route,method}. Looked up once, so that
/// a request costs two additions.
class request_metrics {
 public:
  request_metrics(metrics& all, const std::string& method, const std::string& route);
  void observe(unsigned status, runtime::duration took);

 private:
  prometheus::Counter* well_;      // 2xx
  prometheus::Counter* refused_;   // 4xx
  prometheus::Counter* troubled_;  // 5xx
  prometheus::Histogram* seconds_;
};

}  // namespace perdure::nexus
