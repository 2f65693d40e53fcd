#include "deploy/node_options.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "transport/http_endpoint.hpp"

namespace perdure::deploy {
namespace {

using runtime::milliseconds;
using runtime::seconds;

constexpr std::uint64_t kib = 1 << 10;
constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t gib = 1 << 30;
constexpr std::int64_t day = 24 * 3600;

constexpr std::string_view allowed_name =
    "1 to 64 of a-z, 0-9, \"-\", \"_\" and \".\", not starting with a sign";

std::string_view check_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 64) return "is too long";
  auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!is_plain(name.front())) return "does not start with a small letter or digit";
  const bool good = std::ranges::all_of(
      name, [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
  return good ? "" : "has a character that is not allowed";
}

std::string_view check_path(std::string_view path) {
  if (path.empty()) return "is empty";
  return path.contains('\0') ? "has a NUL character" : "";
}

using node = option<node_options>;

std::vector<node> general() {
  using level = runtime::log_line::level;
  return {
      text<node_options>(
          "data_directory", [](auto& o) -> auto& { return o.embedded.data_directory; }, "a path",
          check_path,
          "Where the node keeps everything. Made if it is not there; one process at a time."),
      text<node_options>(
          "node", [](auto& o) -> auto& { return o.embedded.node.name; }, std::string(allowed_name),
          check_name, "The node's name in histories, logs and metrics."),
      time_span<node_options>(
          "drain", [](auto& o) -> auto& { return o.embedded.node.drain; }, milliseconds(0),
          seconds(3'600),
          "How long a node that is told to stop waits for steps that run. What has not ended then "
          "is attempted again after the next start."),
      choice<node_options, level>(
          "log_level", [](auto& o) -> auto& { return o.log_level; },
          {{"debug", level::debug},
           {"info", level::info},
           {"warning", level::warning},
           {"error", level::error}},
          "The least severe lines that the node writes to its standard error."),
  };
}

std::vector<node> log() {
  return {
      size<node_options>(
          "log.segment_bytes", [](auto& o) -> auto& { return o.embedded.log.segment_bytes; },
          2 * mib, gib,
          "Size of a file of the log, a multiple of 4 KiB. Larger: files change more rarely, "
          "trimming is coarser."),
      size<node_options>(
          "log.batch_bytes", [](auto& o) -> auto& { return o.embedded.log.batch_bytes; }, 2 * mib,
          16 * mib,
          "Largest batch of the log (a file's size bounds it, too), hence largest turn of a "
          "workflow: one with more is parked."),
      size<node_options>(
          "log.tail_bytes", [](auto& o) -> auto& { return o.embedded.log.tail_bytes; }, 0, 16 * gib,
          "Memory for the newest records, which are read without touching the files."),
      time_span_as_number<node_options>(
          "log.spin", 1, [](auto& o) -> auto& { return o.embedded.log.spin_us; }, 0, 10'000,
          "How long the log's writer looks for work before it sleeps. Longer: a lone append is "
          "quicker, an idle node burns more of a core."),
      time_span_as_number<node_options>(
          "log.mark_sync", 1'000, [](auto& o) -> auto& { return o.embedded.log.mark_sync_ms; }, 10,
          60'000,
          "How often the mark of what is durable goes to the disk. It bounds what a lost tail can "
          "hide after a power failure."),
      count<node_options>(
          "log.spare_segments", [](auto& o) -> auto& { return o.embedded.log.spare_segments; }, 0,
          64, "Trimmed files kept for reuse. More: more disk space held."),
  };
}

std::string_view check_servers(std::string_view servers) {
  const bool good = std::ranges::all_of(servers, [](unsigned char c) {
    return std::isalnum(c) || std::string_view(".:-_,[]").contains(static_cast<char>(c));
  });
  return good ? "" : "is no list of host:port";
}

std::string_view check_prefix(std::string_view prefix) {
  if (prefix.size() > 64) return "is too long";
  const bool good = std::ranges::all_of(
      prefix, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_'; });
  return good ? "" : "has a character that is not allowed";
}

std::vector<node> kafka() {
  return {
      text<node_options>(
          "kafka.bootstrap_servers", [](auto& o) -> auto& { return o.kafka.bootstrap_servers; },
          "host:port, with commas between", check_servers,
          "Brokers to ask first. With any the log is on Kafka, one topic for each namespace, and "
          "what stands below `log` does not matter."),
      properties<node_options>(
          "kafka.properties", [](auto& o) -> auto& { return o.kafka.properties; },
          "whatever librdkafka takes, but for what the log sets itself",
          transport::refused_property,
          "Passed on to librdkafka: TLS, SASL, time-outs. A value `file:PATH` or `env:NAME` is "
          "read "
          "from there; a secret must be one of these."),
      text<node_options>(
          "kafka.topic_prefix", [](auto& o) -> auto& { return o.kafka.topic_prefix; },
          "up to 64 of a-z, A-Z, 0-9, \".\", \"-\" and \"_\"", check_prefix,
          "Before a namespace's name in that of its topic and of its consumer group."),
      count<node_options>(
          "kafka.replication", [](auto& o) -> auto& { return o.kafka.replication; }, 1, 7,
          "Replicas of a topic that a node makes; one if there is only one broker."),
      size<node_options>(
          "kafka.bundle_bytes", [](auto& o) -> auto& { return o.kafka.bundle_bytes; }, 64 * kib,
          8 * mib,
          "Largest bundle, hence largest turn of a workflow, and 4 KiB more than the largest input "
          "of "
          "a client and result of a step. The topics' max.message.bytes must be 4 KiB more."),
      time_span_as_number<node_options>(
          "kafka.bundle_wait", 1, [](auto& o) -> auto& { return o.kafka.bundle_wait_us; }, 0,
          100'000,
          "How long a bundle may wait at most for answers to the one before it: more throughput "
          "under load. 0: it leaves at once."),
      size<node_options>(
          "kafka.tail_bytes", [](auto& o) -> auto& { return o.kafka.tail_bytes; }, 0, 16 * gib,
          "Memory for the newest records, which are read again without asking a broker."),
      time_span_as_number<node_options>(
          "kafka.append_timeout", 1'000, [](auto& o) -> auto& { return o.kafka.append_timeout_ms; },
          0, 3'600'000,
          "How long records may be on their way before their partition gives up and claims again. "
          "0: until the brokers come back."),
      time_span_as_number<node_options>(
          "kafka.opening_timeout", 1'000,
          [](auto& o) -> auto& { return o.kafka.opening_timeout_ms; }, 100, 3'600'000,
          "How long a start waits for brokers that tell nothing before it fails."),
  };
}

std::string_view check_host_port(std::string_view text) {
  return transport::parse_host_port(text) ? "" : "is no host:port";
}

std::string_view check_advertised_link(std::string_view text) {
  return text.empty() ? "" : check_host_port(text);
}

std::vector<node> cluster() {
  return {
      count<node_options>(
          "cluster.weight", [](auto& o) -> auto& { return o.member.profile.weight; }, 1,
          runtime::membership::highest_weight,
          "The node's share of the partitions relative to other nodes'."),
      time_span<node_options>(
          "cluster.heartbeat", [](auto& o) -> auto& { return o.member.heartbeat; },
          milliseconds(20), seconds(10),
          "From one sign of life to the next. Shorter: quicker failover, more records. At least "
          "five times what an append takes to be read back."),
      count<node_options>(
          "cluster.suspect_after", [](auto& o) -> auto& { return o.member.suspect_after; }, 2, 100,
          "How many of its own heartbeats a node waits for a sign of another's life before it "
          "accuses it."),
      count<node_options>(
          "cluster.gone_after", [](auto& o) -> auto& { return o.member.gone_after; }, 1, 100,
          "How many more until the accused counts as gone, and others take its partitions."),
      text<node_options>(
          "cluster.link.listen", [](auto& o) -> auto& { return o.link.listen; }, "host:port",
          check_host_port,
          "Where the node hears queries that other nodes pass to it, and tells them what its "
          "agents "
          "take; port 0: any free one. Nobody is asked who he is there: with nodes on several "
          "machines give an address of a private network, never one that others reach."),
      text<node_options>(
          "cluster.link.advertise", [](auto& o) -> auto& { return o.link.advertise; },
          "host:port, or nothing", check_advertised_link,
          "What the other nodes are told of that, if they reach it by another name. Nothing: the "
          "address where it listens. Port 0: the port where it listens."),
  };
}

std::string_view check_address(std::string_view address) {
  if (address.empty()) return "is empty";
  const bool good = std::ranges::all_of(address, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':';
  });
  return good ? "" : "is no IP address";
}

std::string_view check_door_address(std::string_view address) {
  return address.empty() ? "" : check_address(address);
}

std::string_view check_advertised_door(std::string_view address) {
  if (address.empty()) return "";
  if (!address.starts_with("http://")) return "is no address such as http://10.0.0.7:7090";
  return transport::parse_http_endpoint(address) ? ""
                                                 : "is no address such as http://10.0.0.7:7090";
}

std::string_view check_key_place(std::string_view name, std::string_view place) {
  return check_name(name).empty() ? refused_key_place(name, place) : check_name(name);
}

std::vector<node> doors() {
  return {
      text<node_options>(
          "doors.address", [](auto& o) -> auto& { return o.doors.server.address; }, "an IP address",
          check_door_address,
          "Where nodes of other namespaces deliver messages to this node's; needs Kafka. Empty: "
          "nowhere, so no answer of theirs can come either. Not encrypted: on a private network, "
          "or "
          "at the end of a tunnel."),
      count<node_options>(
          "doors.port", [](auto& o) -> auto& { return o.doors.server.port; }, 0, 65'535,
          "Its port. 0: any free one."),
      text<node_options>(
          "doors.advertise", [](auto& o) -> auto& { return o.doors.advertise; }, "http://host:port",
          check_advertised_door, "How others reach it, if that is not its address and port."),
      properties<node_options>(
          "doors.keys", [](auto& o) -> auto& { return o.doors.keys; },
          "namespace: file:PATH or env:NAME", check_key_place,
          "The key that is shared with each other namespace, at least 32 bytes. Several, one a "
          "line: all are believed, the first one signs. Read again when one does not fit."),
  };
}

std::vector<node> work() {
  return {
      count<node_options>(
          "scheduler.threads", [](auto& o) -> auto& { return o.embedded.threads.scheduler; }, 1, 64,
          "Threads that run workflow code and the core."),
      count<node_options>(
          "steps.threads", [](auto& o) -> auto& { return o.embedded.threads.steps.threads; }, 1,
          1'024, "How many blocking steps run at once."),
      count<node_options>(
          "steps.window", [](auto& o) -> auto& { return o.embedded.node.owner.attempts; }, 1,
          1'000'000,
          "Attempts of steps that a partition hands out at once, each with its arguments in "
          "memory; the others wait in the log, and runs take turns. Steps that wait for something "
          "hold a place all the time."),
      time_span_as_number<node_options>(
          "steps.patience", 1,
          [](auto& o) -> auto& { return o.embedded.threads.steps.patience_us; }, 10, 100'000,
          "How long an attempt waits behind others before one more thread is woken. Longer: fewer "
          "switches for many tiny steps."),
      time_span<node_options>(
          "eviction.idle", [](auto& o) -> auto& { return o.embedded.node.owner.idle; },
          milliseconds(1), seconds(7 * day),
          "A workflow that has had nothing to do for so long leaves the memory; it comes back by "
          "replay of its journal."),
      count<node_options>(
          "eviction.resident_runs",
          [](auto& o) -> auto& { return o.embedded.node.owner.resident_runs; }, 1, 10'000'000,
          "How many workflows of a partition stay in memory at most; the longest idle goes first."),
      time_span<node_options>(
          "watchdog.activation_cpu",
          [](auto& o) -> auto& { return o.embedded.threads.watch.cpu_limit; }, milliseconds(10),
          seconds(3'600),
          "CPU time that workflow code may take from one wait to the next. Over it the run is "
          "named with its stack."),
      choice<node_options, actors::on_stuck>(
          "watchdog.on_stuck", [](auto& o) -> auto& { return o.embedded.threads.watch.reaction; },
          {{"report", actors::on_stuck::report}, {"end_process", actors::on_stuck::end_process}},
          "What is done about such a run: only report it, or end the process, so that the next "
          "start puts it into quarantine."),
  };
}

std::vector<node> edge() {
  return {
      count<node_options>(
          "edge.requests", [](auto& o) -> auto& { return o.embedded.node.edge.requests; }, 1,
          10'000'000,
          "Clients' requests per partition that wait for their answer; more are refused with 429."),
      size<node_options>(
          "edge.payload_bytes", [](auto& o) -> auto& { return o.embedded.node.edge.payload_bytes; },
          kib, mib,
          "Largest input of a start, a signal or a query; a larger one is refused with 413."),
      count<node_options>(
          "edge.max_apply_lag", [](auto& o) -> auto& { return o.embedded.node.edge.max_apply_lag; },
          1, 1'000'000'000,
          "Records by which a partition may be behind its log; beyond, new starts and signals for "
          "it "
          "are refused with 429."),
      size<node_options>(
          "edge.max_bytes_in_flight",
          [](auto& o) -> auto& { return o.embedded.node.edge.max_bytes_in_flight; }, mib, 64 * gib,
          "Inputs of starts and signals that wait for their answer, of the whole node; more are "
          "refused with 429."),
      size<node_options>(
          "edge.min_free_disk", [](auto& o) -> auto& { return o.embedded.node.edge.min_free_disk; },
          0, 1024 * gib,
          "Space that stays free on the disk of the log for the work that is there: with less, new "
          "starts and signals are refused with 429. 0: not looked at."),
  };
}

std::string_view check_host(std::string_view host) {
  const bool good = !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '.' || c == '_';
  });
  return good || host == "*" ? "" : "is no host name";
}

std::vector<node> http() {
  constexpr auto shortest = milliseconds(1);
  constexpr auto longest = seconds(day);
  return {
      text<node_options>(
          "http.address", [](auto& o) -> auto& { return o.http.address; }, "an IP address",
          check_address,
          "Where the API listens. Whoever reaches it may do everything: let it leave the machine "
          "only behind a proxy that checks who asks."),
      count<node_options>(
          "http.port", [](auto& o) -> auto& { return o.http.port; }, 0, 65'535,
          "Its port. 0: any free one, which the first lines of the log name."),
      names<node_options>(
          "http.allowed_hosts", [](auto& o) -> auto& { return o.http_api.allowed_hosts; },
          "host names without port, or \"*\" for any", check_host,
          "Names by which the API may be called, beside localhost and IP addresses. Others are "
          "refused, for a web page can let its own name resolve to this machine."),
      count<node_options>(
          "http.threads", [](auto& o) -> auto& { return o.http.threads; }, 1, 64,
          "Threads that serve connections."),
      size<node_options>(
          "http.body_bytes", [](auto& o) -> auto& { return o.http.limits.body_bytes; }, kib, gib,
          "Largest body of a request; a larger one is refused with 413."),
      size<node_options>(
          "http.header_bytes", [](auto& o) -> auto& { return o.http.limits.header_bytes; }, 8 * kib,
          mib, "Request line and header fields together; more is refused with 431."),
      count<node_options>(
          "http.max_connections", [](auto& o) -> auto& { return o.http.max_connections; }, 1,
          1'000'000, "Connections at once; more are answered 503 and closed."),
      count<node_options>(
          "http.max_connections_per_address",
          [](auto& o) -> auto& { return o.http.max_connections_per_address; }, 1, 1'000'000,
          "Of them, from one address."),
      time_span<node_options>(
          "http.header_deadline", [](auto& o) -> auto& { return o.http.header_deadline; }, shortest,
          longest, "From the first byte of a request to the end of its header."),
      time_span<node_options>(
          "http.body_deadline", [](auto& o) -> auto& { return o.http.body_deadline; }, shortest,
          longest, "From there to the end of its body."),
      time_span<node_options>(
          "http.request_deadline", [](auto& o) -> auto& { return o.http.request_deadline; },
          shortest, longest,
          "From there to the answer, else it is 504. Longer than the longest wait for a result."),
      time_span<node_options>(
          "http.idle_deadline", [](auto& o) -> auto& { return o.http.idle_deadline; }, shortest,
          longest, "How long a connection may be silent between two requests."),
      time_span<node_options>(
          "http.write_deadline", [](auto& o) -> auto& { return o.http.write_deadline; }, shortest,
          longest, "How long a client may leave an answer untaken."),
  };
}

void check_namespaces(const node_options& options, std::vector<std::string>& errors) {
  const auto& all = options.embedded.namespaces;
  const bool has_neighbours = !options.kafka.bootstrap_servers.empty();
  std::set<std::string_view> names;
  for (const auto& one : all) {
    if (!names.insert(one.name).second) {
      errors.push_back(fmt::format("namespaces: \"{}\" is there twice", one.name));
    }
  }
  if (all.empty()) errors.push_back("namespaces: there must be one at least");
  for (const auto& one : all) {
    for (const auto& caller : one.callers) {
      if (!names.contains(caller) && !has_neighbours) {
        errors.push_back(fmt::format(
            "namespaces: \"{}\" has the caller \"{}\", which is no namespace of this node",
            one.name, caller));
      }
    }
  }
}

void check_doors(const node_options& options, std::vector<std::string>& errors) {
  const auto& doors = options.doors;
  if (options.kafka.bootstrap_servers.empty() &&
      (!doors.server.address.empty() || !doors.keys.empty())) {
    errors.emplace_back(
        "doors: only a node on Kafka has neighbours: give kafka.bootstrap_servers, or leave "
        "doors.address and doors.keys away");
  }
  const auto& address = doors.server.address;
  if ((address == "0.0.0.0" || address == "::") && doors.advertise.empty()) {
    errors.push_back(fmt::format(
        "doors.advertise: nobody reaches a door at {}: say at which address others do", address));
  }
  for (const auto& one : doors.keys) {
    if (std::ranges::find(options.embedded.namespaces, one.name,
                          &runtime::namespace_options::name) != options.embedded.namespaces.end()) {
      errors.push_back(fmt::format(
          "doors.keys: \"{}\" is a namespace of this node: it needs no key with itself", one.name));
    }
  }
}

}  // namespace

node_options::node_options() {
  embedded.data_directory = "perdure-data";
  embedded.namespaces.push_back(unsettled_namespace());
  embedded.namespaces.back().name = "default";
  embedded.node.name = "node-1";
  http.port = 7080;
}

runtime::namespace_options unsettled_namespace() {
  runtime::namespace_options made;
  made.partitions = 0;
  return made;
}

void settle_partitions(node_options& options) {
  constexpr std::uint32_t on_kafka = 8;
  const auto usual =
      options.kafka.bootstrap_servers.empty() ? runtime::namespace_options{}.partitions : on_kafka;
  for (auto& space : options.embedded.namespaces) {
    if (space.partitions == 0) space.partitions = usual;
  }
}

std::vector<option<node_options>> declare_node_options() {
  std::vector<node> all;
  for (auto section : {general(), http(), log(), kafka(), cluster(), doors(), work(), edge()}) {
    std::ranges::move(section, std::back_inserter(all));
  }
  return all;
}

std::vector<option<runtime::namespace_options>> declare_namespace_options() {
  using options = runtime::namespace_options;
  return {
      text<options>(
          "name", [](auto& o) -> auto& { return o.name; }, std::string(allowed_name), check_name,
          "The namespace's name."),
      count<options>(
          "partitions", [](auto& o) -> auto& { return o.partitions; }, 1, 256,
          "Shares of its mailbox, which work in parallel. Fixed when its log is made: another "
          "number is refused afterwards. On Kafka 8 by default: no more nodes than that can share "
          "it."),
      names<options>(
          "callers", [](auto& o) -> auto& { return o.callers; }, std::string(allowed_name),
          check_name, "Other namespaces whose agents may call this one's. Its own always may."),
      time_span_as_number<options>(
          "retention", 1'000'000, [](auto& o) -> auto& { return o.retention_seconds; }, 1,
          3'650 * day, "How long closed workflows are kept, with their results and histories."),
      count<options>(
          "retention_runs", [](auto& o) -> auto& { return o.retention_runs; }, 1, 100'000'000,
          "How many closed workflows a partition keeps at most, whatever their age."),
  };
}

std::vector<std::string> check(const node_options& options) {
  std::vector<std::string> errors;
  check_namespaces(options, errors);
  auto log = options.embedded.log;
  log.directory = options.embedded.data_directory;
  if (const auto valid = log.validate(); !valid) {
    errors.push_back("log: " + valid.error().message);
  }
  if (const auto valid = options.kafka.validate(); !valid) {
    errors.push_back("kafka: " + valid.error().message);
  }
  const auto& spaces = options.embedded.namespaces;
  if (!options.kafka.bootstrap_servers.empty() &&
      std::ranges::find(spaces, "cluster", &runtime::namespace_options::name) != spaces.end()) {
    errors.emplace_back(
        "namespaces: \"cluster\" is no name for one on Kafka: its topic is the installation's");
  }
  for (auto& one : options.link.check()) errors.push_back(std::move(one));
  if (const auto valid = transport::check(options.http); !valid) {
    errors.push_back(valid.error().message);
  }
  check_doors(options, errors);
  return errors;
}

}  // namespace perdure::deploy
