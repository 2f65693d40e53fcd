#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/header_json.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/text_width.hpp"
#include "nexus/api/time_text.hpp"
#include "runtime/decoded_record.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::deploy {
namespace {

struct wanted_dump {
  std::string directory;
  std::uint32_t partition = 0;
  std::uint64_t from = 0;
};

/// A record as one JSON object; what cannot be decoded says why.
json to_json(const transport::dumped_record& record, runtime::record_decoder& decoder) {
  json result{{"offset", record.at.value},
              {"partition", record.partition.value},
              {"file", record.path},
              {"position", record.position},
              {"bytes", record.bytes.size()}};
  const auto decoded =
      decoder.decode(record.at, runtime::payload(std::shared_ptr<const void>(), record.bytes));
  if (!decoded) {
    result["problem"] = decoded.error().message;
    return result;
  }
  result["kind"] = runtime::name(decoded->kind());
  result["time"] = nexus::to_text(decoded->time());
  result["slot"] = decoded->view.front().slot.value;
  result["header"] = header_json(*decoded->header);
  result["payloads"] = json::array();
  for (std::uint32_t i = 1; i <= decoded->view.payload_count(); ++i) {
    result["payloads"].push_back(decoded->view.body(i).size());
  }
  return result;
}

std::string in_words(const json& record) {
  if (const auto problem = text_of(record, "problem"); !problem.empty()) {
    return fmt::format("{:>10}  {:>3}  {}", number_of(record, "offset"),
                       number_of(record, "partition"), problem);
  }
  std::string sizes;
  for (const auto& size : record.value("payloads", json::array())) {
    sizes += fmt::format("{}{}", sizes.empty() ? " + " : ", ", size.get<std::uint64_t>());
  }
  return fmt::format("{:>10}  {:>3}  {}  {:<11}  {}{}", number_of(record, "offset"),
                     number_of(record, "partition"), time_in_words(text_of(record, "time")),
                     text_of(record, "kind"), record.value("header", json()).dump(),
                     sizes.empty() ? "" : sizes + " bytes");
}

void run(const wanted_dump& wanted, command_context& context) {
  const auto directory = log_directory_of(wanted.directory);
  transport::dump_filter filter;
  filter.from = runtime::offset(wanted.from);
  if (wanted.partition > 0) filter.partition = runtime::partition_index(wanted.partition);
  transport::posix_file_system files;
  runtime::record_decoder decoder;
  auto& world = context.world();
  const auto findings =
      transport::dump_log(files, directory, filter, [&](const transport::dumped_record& record) {
        const auto shown = to_json(record, decoder);
        if (context.as_json) {
          world.out << shown.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
        } else {
          const auto line = in_words(shown);
          world.out << (world.width > 0 ? fitted(line, world.width) : line) << "\n";
        }
      });
  if (!findings) return context.fail(failure_of(findings.error()));
  for (const auto& cut : findings->cuts) {
    world.err << fmt::format("perdure: {}: {} bytes at {} are not acknowledged: {}\n", cut.path,
                             cut.bytes, cut.position, cut.why);
  }
  if (findings->damage) context.fail(exit_code::damaged, findings->damage->message);
}

}  // namespace

void add_log_dump(CLI::App& parent, command_context& context) {
  auto wanted = std::make_shared<wanted_dump>();
  auto& command = *parent.add_subcommand(
      "dump", "Show its records, one a line; with --json one JSON object a line");
  command.add_option("directory", wanted->directory, "A node's data directory, or the log in it")
      ->required();
  command.add_option("--partition", wanted->partition, "Only of this partition: 1, 2, 3…")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint32_t{1}, UINT32_MAX).description(""));
  // Without bounds a negative number is taken for a very large one, and nothing would be shown.
  command.add_option("--from", wanted->from, "Only this offset and later")
      ->type_name("OFFSET")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}).description(""));
  command.callback([wanted, &context] { run(*wanted, context); });
}

}  // namespace perdure::deploy
