#include "bench/row.hpp"

namespace perdure::bench {

void results::add_rate(const std::string& name, std::size_t in_flight, double count,
                       const spent& took, const std::string& unit) {
  const double per_second = count / took.seconds;
  const double each = static_cast<double>(in_flight) / per_second;
  rows.push_back(
      {name, in_flight, per_second, unit, fdatasync_seconds > 0 ? each / fdatasync_seconds : 0});
  add(name + " cpu", in_flight, took.cpu_seconds / count * 1e6, "us each");
}

void results::add(const std::string& name, std::size_t in_flight, double value,
                  const std::string& unit) {
  rows.push_back({name, in_flight, value, unit, 0});
}

}  // namespace perdure::bench
