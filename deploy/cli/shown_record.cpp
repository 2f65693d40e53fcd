#include "deploy/cli/shown_record.hpp"

#include <memory>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "deploy/cli/header_json.hpp"
#include "deploy/cli/text_width.hpp"
#include "deploy/cli/words.hpp"
#include "nexus/api/time_text.hpp"
#include "runtime/membership/cluster_record.hpp"

namespace perdure::deploy {
namespace {

/// A record as one JSON object; what cannot be decoded says why.
json to_json(const transport::dumped_record& record, const decode_function& decode) {
  json result{{"offset", record.at.value},
              {"partition", record.partition.value},
              {"file", record.path},
              {"position", record.position},
              {"bytes", record.bytes.size()}};
  const auto decoded =
      decode(record.at, runtime::payload(std::shared_ptr<const void>(), record.bytes));
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

template <class Decoder>
decode_function decoder() {
  return [own = std::make_shared<Decoder>()](runtime::offset at, runtime::payload bytes) {
    return own->decode(at, std::move(bytes));
  };
}

}  // namespace

decode_function decoder_of_mailbox() { return decoder<runtime::record_decoder>(); }
decode_function decoder_of_cluster() { return decoder<runtime::membership::cluster_decoder>(); }

void show_record(const transport::dumped_record& record, const decode_function& decode,
                 command_context& context) {
  auto& world = context.world();
  const auto shown = to_json(record, decode);
  if (context.as_json) {
    world.out << shown.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    const auto line = in_words(shown);
    world.out << (world.width > 0 ? fitted(line, world.width) : line) << "\n";
  }
}

}  // namespace perdure::deploy
