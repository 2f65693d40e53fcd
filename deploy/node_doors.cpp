#include "deploy/node_doors.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "deploy/text_file.hpp"
#include "transport/http_endpoint.hpp"

namespace perdure::deploy {

using runtime::errc;
using runtime::expected;
using runtime::fail;

namespace {

constexpr std::string_view from_file = "file:", from_environment = "env:";
constexpr std::size_t largest_key_file = std::size_t{64} << 10;
constexpr std::size_t largest_delivery = std::size_t{10} << 20;  // a bundle of 8 MiB, and more
constexpr std::size_t most_connections = 128;  // a neighbour's node has one for each pair

/// Never shows what is there.
expected<std::string> read_keys(std::string_view place) {
  if (place.starts_with(from_environment)) {
    const std::string name(place.substr(from_environment.size()));
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr)
      return fail(errc::not_found, fmt::format("there is no environment variable {}", name));
    return std::string(value);
  }
  return read_text_file(std::string(place.substr(from_file.size())), largest_key_file);
}

std::map<std::string, nexus::door_keys::source, std::less<>> sources_of(
    const std::vector<door_key_place>& places) {
  std::map<std::string, nexus::door_keys::source, std::less<>> sources;
  for (const auto& [name, place] : places) sources[name] = [place] { return read_keys(place); };
  return sources;
}

}  // namespace

std::string_view refused_key_place(std::string_view, std::string_view place) {
  for (const auto way : {from_file, from_environment}) {
    if (place.starts_with(way) && place.size() > way.size()) return "";
  }
  return "is a secret: give file:PATH or env:NAME, from where it is read";
}

node_doors_options::node_doors_options() {
  server.address = "";
  server.port = 7090;
  server.limits.body_bytes = largest_delivery;
  server.max_connections = server.max_connections_per_address = most_connections;
}

expected<std::unique_ptr<node_doors>> node_doors::listen(const node_doors_options& options,
                                                         const runtime::clock& clock,
                                                         runtime::random_source& random,
                                                         running_node::report_function report) {
  std::unique_ptr<node_doors> made(new node_doors(clock, random, std::move(report)));
  auto& self = *made;
  self.keys_ = std::make_unique<nexus::door_keys>(sources_of(options.keys), clock);
  if (const auto read = self.keys_->read_all(); !read) return std::unexpected(read.error());
  self.door_ = std::make_unique<nexus::message_door>(*self.keys_, self.report_, options.door);
  if (options.server.address.empty()) {
    if (!options.keys.empty()) {
      self.report_(runtime::log_line::level::warning,
                   "this node shares keys with other namespaces and has no door: without "
                   "doors.address no answer of theirs can come");
    }
    return made;
  }
  auto server = transport::http_server::start(options.server, *self.door_);
  if (!server) return std::unexpected(server.error());
  self.server_ = *std::move(server);
  self.announced_ = options.advertise.empty()
                        ? "http://" + to_string(transport::http_endpoint{options.server.address,
                                                                         self.server_->port()})
                        : options.advertise;
  return made;
}

runtime::foreign_messages& node_doors::make_client(nexus::message_door::own_namespaces own) {
  own_ = std::move(own);
  client_ = std::make_unique<nexus::door_client>(
      nexus::door_environment{clock_, random_, *keys_, report_}, own_);
  return *client_;
}

void node_doors::open(runtime::log& log, actors::node& node,
                      actors::cluster_membership& membership) {
  door_->open(log, own_);
  membership.tell_neighbours([this, &node](const runtime::membership::neighbours& neighbours) {
    node.know(places_of(neighbours));
    door_->know(neighbours);
    client_->know(neighbours);
  });
}

void node_doors::stop() {
  if (server_) server_->stop();
  if (door_) door_->close();
  if (client_) client_->stop();
}

nexus::metric_families node_doors::metrics() const {
  auto all = nexus::to_families(door_->statistics());
  if (client_) {
    for (auto& one : nexus::to_families(client_->statistics())) all.push_back(std::move(one));
  }
  return all;
}

runtime::neighbour_places places_of(const runtime::membership::neighbours& neighbours) {
  runtime::neighbour_places places;
  for (const auto& [name, of] : neighbours) places[name] = {of.row.first, of.row.count};
  return places;
}

}  // namespace perdure::deploy
