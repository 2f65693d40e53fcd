#include "deploy/node_options.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

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
  return {
      text<node_options>(
          "data_directory", [](auto& o) -> auto& { return o.data_directory; }, "a path", check_path,
          "Where the node keeps everything. Made if it is not there; one process at a time."),
      text<node_options>(
          "node", [](auto& o) -> auto& { return o.node; }, std::string(allowed_name), check_name,
          "The node's name in histories, logs and metrics."),
      choice<node_options, log_level>(
          "log_level", [](auto& o) -> auto& { return o.level; },
          {{"debug", log_level::debug},
           {"info", log_level::info},
           {"warning", log_level::warning},
           {"error", log_level::error}},
          "The least severe lines that the node writes to its standard error."),
  };
}

std::vector<node> log() {
  return {
      size<node_options>(
          "log.segment_bytes", [](auto& o) -> auto& { return o.log.segment_bytes; }, 4 * kib, gib,
          "Size of a file of the log, a multiple of 4 KiB. Larger: files change more rarely, "
          "trimming is coarser."),
      size<node_options>(
          "log.batch_bytes", [](auto& o) -> auto& { return o.log.batch_bytes; }, kib, 16 * mib,
          "Largest batch of the log, hence largest request."),
      size<node_options>(
          "log.tail_bytes", [](auto& o) -> auto& { return o.log.tail_bytes; }, 0, 16 * gib,
          "Memory for the newest records, which are read without touching the files."),
      time_span_as_number<node_options>(
          "log.spin", 1, [](auto& o) -> auto& { return o.log.spin_us; }, 0, 10'000,
          "How long the log's writer looks for work before it sleeps. Longer: a lone append is "
          "quicker, an idle node burns more of a core."),
      time_span_as_number<node_options>(
          "log.mark_sync", 1'000, [](auto& o) -> auto& { return o.log.mark_sync_ms; }, 10, 60'000,
          "How often the mark of what is durable goes to the disk. It bounds what a lost tail can "
          "hide after a power failure."),
      count<node_options>(
          "log.spare_segments", [](auto& o) -> auto& { return o.log.spare_segments; }, 0, 64,
          "Trimmed files kept for reuse. More: more disk space held."),
  };
}

std::vector<node> work() {
  return {
      count<node_options>(
          "steps.threads", [](auto& o) -> auto& { return o.steps.threads; }, 1, 1'024,
          "How many blocking steps run at once."),
      count<node_options>(
          "scheduler.threads", [](auto& o) -> auto& { return o.scheduler.threads; }, 0, 256,
          "Threads that run workflow code and the core. 0: as many as there are cores."),
      time_span<node_options>(
          "eviction.idle", [](auto& o) -> auto& { return o.owner.idle; }, milliseconds(1),
          seconds(7 * day),
          "A workflow that has had nothing to do for so long leaves the memory; it comes back by "
          "replay of its journal."),
      count<node_options>(
          "eviction.resident_runs", [](auto& o) -> auto& { return o.owner.resident_runs; }, 1,
          10'000'000,
          "How many workflows of a partition stay in memory at most; the longest idle goes first."),
      time_span<node_options>(
          "watchdog.activation_cpu", [](auto& o) -> auto& { return o.watchdog.activation_cpu; },
          milliseconds(10), seconds(3'600),
          "CPU time that workflow code may take from one wait to the next. Over it the run is "
          "named with its stack."),
      choice<node_options, stuck_reaction>(
          "watchdog.on_stuck", [](auto& o) -> auto& { return o.watchdog.on_stuck; },
          {{"report", stuck_reaction::report}, {"end_process", stuck_reaction::end_process}},
          "What is done about such a run: only report it, or end the process, so that the next "
          "start puts it into quarantine."),
  };
}

std::vector<node> edge() {
  return {
      count<node_options>(
          "edge.requests_in_flight", [](auto& o) -> auto& { return o.edge.requests_in_flight; }, 1,
          10'000'000,
          "Clients' requests that wait for the log at once; more are refused with 429."),
      size<node_options>(
          "edge.bytes_in_flight", [](auto& o) -> auto& { return o.edge.bytes_in_flight; }, mib,
          1024 * gib, "Their bytes; more are refused with 429."),
      size<node_options>(
          "edge.unapplied_bytes", [](auto& o) -> auto& { return o.edge.unapplied_bytes; }, mib,
          1024 * gib,
          "How far a partition may be behind its log before its clients are refused with 429."),
      size<node_options>(
          "edge.free_disk_bytes", [](auto& o) -> auto& { return o.edge.free_disk_bytes; }, 0,
          1024 * gib,
          "Clients are refused while less than this is free on the disk of the data directory, so "
          "that the work under way can end."),
  };
}

void check_namespaces(const std::vector<namespace_options>& all, std::vector<std::string>& errors) {
  std::set<std::string_view> names;
  for (const auto& one : all) {
    if (!names.insert(one.name).second) {
      errors.push_back(fmt::format("namespaces: \"{}\" is there twice", one.name));
    }
  }
  if (all.empty()) errors.push_back("namespaces: there must be one at least");
  for (const auto& one : all) {
    for (const auto& caller : one.callers) {
      if (!names.contains(caller)) {
        errors.push_back(fmt::format(
            "namespaces: \"{}\" has the caller \"{}\", which is no namespace of this node",
            one.name, caller));
      }
    }
  }
}

}  // namespace

std::vector<option<node_options>> declare_node_options() {
  std::vector<node> all;
  for (auto section : {general(), log(), work(), edge()}) {
    std::ranges::move(section, std::back_inserter(all));
  }
  return all;
}

std::vector<option<namespace_options>> declare_namespace_options() {
  return {
      text<namespace_options>(
          "name", [](auto& o) -> auto& { return o.name; }, std::string(allowed_name), check_name,
          "The namespace's name."),
      count<namespace_options>(
          "partitions", [](auto& o) -> auto& { return o.partitions; }, 1, 64,
          "Shares of its mailbox, which work in parallel. Fixed when its log is made: another "
          "number is refused afterwards."),
      names<namespace_options>(
          "callers", [](auto& o) -> auto& { return o.callers; }, std::string(allowed_name),
          check_name, "Other namespaces whose agents may call this one's. Its own always may."),
      time_span<namespace_options>(
          "retention", [](auto& o) -> auto& { return o.retention; }, seconds(1),
          seconds(3'650 * day),
          "How long closed workflows are kept, with their results and histories."),
  };
}

std::vector<std::string> check(const node_options& options) {
  std::vector<std::string> errors;
  check_namespaces(options.namespaces, errors);
  auto log = options.log;
  log.directory = options.data_directory;
  if (const auto valid = log.validate(); !valid) {
    errors.push_back("log: " + valid.error().message);
  }
  return errors;
}

}  // namespace perdure::deploy
