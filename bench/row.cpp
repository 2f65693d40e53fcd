#include "bench/row.hpp"

namespace perdure::bench {

spent& spent::operator+=(const spent& other) {
  seconds += other.seconds;
  cpu_seconds += other.cpu_seconds;
  return *this;
}

void results::add_rate(const std::string& name, std::size_t in_flight, double count,
                       const spent& took, const std::string& unit, double together) {
  const double per_second = count / took.seconds;
  const double each = static_cast<double>(in_flight) * together / per_second;
  const double bare = disk.median_seconds();
  rows.push_back({name, in_flight, per_second, unit, each / bare, bare});
  add(name + " cpu", in_flight, took.cpu_seconds / count * 1e6, "us each");
}

void results::add(const std::string& name, std::size_t in_flight, double value,
                  const std::string& unit) {
  rows.push_back({name, in_flight, value, unit});
}

void measure_fdatasync(results& all) {
  all.disk.begin();
  all.disk.sample(2'000);
  all.add("fdatasync", 1, all.disk.median_seconds() * 1e6, "us");
  all.add("fdatasync p99", 1, all.disk.quantile_seconds(0.99) * 1e6, "us");
}

}  // namespace perdure::bench
