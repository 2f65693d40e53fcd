#include "deploy/link_options.hpp"

#include <fmt/format.h>

namespace perdure::deploy {

std::vector<std::string> link_options::check() const {
  std::vector<std::string> errors;
  const auto where = transport::parse_host_port(listen);
  if (!where) {
    errors.push_back(fmt::format("cluster.link.listen: \"{}\" {}", listen, where.error().message));
  } else if (where->is_any() && advertise.empty()) {
    errors.push_back(fmt::format(
        "cluster.link.listen: \"{}\" is every address of this machine, so the other nodes cannot "
        "be told it: set cluster.link.advertise to one that they reach",
        listen));
  }
  if (advertise.empty()) return errors;
  const auto told = transport::parse_host_port(advertise);
  if (!told) {
    errors.push_back(
        fmt::format("cluster.link.advertise: \"{}\" {}", advertise, told.error().message));
  } else if (told->is_any()) {
    errors.push_back(fmt::format(
        "cluster.link.advertise: \"{}\" is no address that other nodes reach", advertise));
  }
  return errors;
}

std::string link_options::address(std::uint16_t port) const {
  auto told = *transport::parse_host_port(advertise.empty() ? listen : advertise);
  if (told.port == 0) told.port = port;
  return told.text();
}

}  // namespace perdure::deploy
