#include "nexus/api/request_metrics.hpp"

namespace perdure::nexus {

request_metrics::request_metrics(metrics& all, const std::string& method,
                                 const std::string& route) {
  // The registry gives the family that it has already if it is asked again.
  auto& requests = prometheus::BuildCounter()
                       .Name("perdure_http_requests_total")
                       .Help("answered requests by class of status")
                       .Register(all.registry());
  const auto count = [&](const char* status) {
    return &requests.Add({{"route", route}, {"method", method}, {"status", status}});
  };
  well_ = count("2xx");
  refused_ = count("4xx");
  troubled_ = count("5xx");
  auto& seconds = prometheus::BuildHistogram()
                      .Name("perdure_http_request_seconds")
                      .Help("from the whole request to its answer, long polls among them")
                      .Register(all.registry());
  seconds_ =
      &seconds.Add({{"route", route}, {"method", method}},
                   prometheus::Histogram::BucketBoundaries{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05,
                                                           0.1, 0.5, 1, 5, 10, 30, 60});
}

void request_metrics::observe(unsigned status, runtime::duration took) {
  (status < 400 ? well_ : status < 500 ? refused_ : troubled_)->Increment();
  seconds_->Observe(static_cast<double>(took.us) / 1e6);
}

}  // namespace perdure::nexus
