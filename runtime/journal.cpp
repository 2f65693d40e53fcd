#include "runtime/journal.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "runtime/decoded_record.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {
namespace {

/// Bodies by place, read with one call.
class body_lookup {
 public:
  static expected<body_lookup> load(partition_log from, std::vector<offset> places) {
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    body_lookup found;
    if (places.empty()) return found;
    auto records = from.read_at(places);
    if (!records) return std::unexpected(records.error());
    for (auto& record : *records) found.records_.emplace(record.at, std::move(record.bytes));
    return found;
  }

  expected<payload> at(body_ref where) {
    const auto record = records_.find(where.at);
    if (record == records_.end())
      return fail(errc::corrupt, fmt::format("no record at offset {}", where.at));
    const auto decoded = decoder_.decode(where.at, record->second);
    if (!decoded) return std::unexpected(decoded.error());
    return body_of(*decoded, where.part);
  }

 private:
  record_decoder decoder_;
  std::unordered_map<offset, payload> records_;
};

command_summary summary_of(const wire::Command& command, const decoded_record& turn) {
  const auto body = [&] { return hash_bytes(turn.view.body(command.body_payload()).view()); };
  switch (static_cast<command_kind>(command.kind())) {
    case command_kind::step:
      return {"step", command.name(), {}, body()};
    case command_kind::timer:
      return {"timer", {}, fmt::format("{}us", (timestamp{command.due_us()} - turn.time()).us), {}};
    case command_kind::call:
      return {"call", command.agent() + "/" + command.operation(),
              command.namespace_() + "/" + command.workflow_id(), digest(command.body_hash())};
    case command_kind::cancel:
      return {"cancel", {}, fmt::format("{}", command.number()), {}};
    case command_kind::signal:
      return {"signal", command.name(), command.namespace_() + "/" + command.workflow_id(),
              digest(command.body_hash())};
  }
  return {"unknown", {}, {}, {}};
}

data_item item_of(const wire::Item& item) {
  return {static_cast<item_kind>(item.kind()),
          offset(item.at()),
          item.part(),
          thing_number(item.thing()),
          attempt_number(item.attempt()),
          static_cast<outcome>(item.outcome()),
          item.name(),
          {},
          has_body(static_cast<item_kind>(item.kind()))};
}

}  // namespace

bool has_body(item_kind kind) {
  return kind != item_kind::timer_fired && kind != item_kind::call_started &&
         kind != item_kind::deadline;
}

expected<payload> load_body(partition_log from, body_ref where) {
  auto bodies = body_lookup::load(from, {where.at});
  if (!bodies) return std::unexpected(bodies.error());
  return bodies->at(where);
}

expected<std::vector<payload>> load_bodies(partition_log from, offset where,
                                           std::span<const std::uint32_t> parts) {
  const auto records = from.read_at(std::array{where});
  if (!records) return std::unexpected(records.error());
  record_decoder decoder;
  const auto decoded = decoder.decode(where, records->front().bytes);
  if (!decoded) return std::unexpected(decoded.error());
  std::vector<payload> bodies;
  for (const auto part : parts) {
    const auto body = body_of(*decoded, part);
    bodies.emplace_back(std::string(body.view()));
  }
  return bodies;
}

expected<void> load_missing(partition_log from, std::span<data_item> items) {
  std::vector<offset> places;
  for (const auto& item : items) {
    if (item.missing) places.push_back(item.at);
  }
  auto bodies = body_lookup::load(from, std::move(places));
  if (!bodies) return std::unexpected(bodies.error());
  for (auto& item : items) {
    if (!item.missing) continue;
    auto body = bodies->at({item.at, item.part});
    if (!body) return std::unexpected(body.error());
    item.body = *std::move(body);
    item.missing = false;
  }
  return {};
}

expected<decoded_record> decode_turn(record_decoder& decoder, const log_record& record) {
  auto decoded = decoder.decode(record.at, record.bytes);
  if (!decoded || decoded->kind() == record_kind::turn) return decoded;
  return fail(errc::corrupt,
              fmt::format("partition {} has no turn at {} any more: a {} record stands there",
                          record.partition, record.at, name(decoded->kind())));
}

expected<decoded_record> decode_sender(record_decoder& decoder, const log_record& record,
                                       std::uint32_t part) {
  auto turn = decode_turn(decoder, record);
  const auto index = static_cast<std::int64_t>(part) - outgoing_part(0);
  if (!turn || (index >= 0 && index < turn->as<wire::Turn>().outgoing_size())) return turn;
  return fail(errc::corrupt,
              fmt::format("partition {} has no message {} in the turn at {} any more: another turn "
                          "stands there",
                          record.partition, index, record.at));
}

expected<std::vector<past_turn>> load_journal(partition_log from, std::span<const offset> turns) {
  auto records = from.read_at(turns);
  if (!records) return std::unexpected(records.error());
  std::vector<past_turn> journal;
  record_decoder decoder;
  std::string build;
  for (auto& record : *records) {
    const auto decoded = decode_turn(decoder, record);
    if (!decoded) return std::unexpected(decoded.error());
    const auto& turn = decoded->as<wire::Turn>();
    if (!turn.build().empty()) build = turn.build();
    if ((turn.controls() != 0 || static_cast<run_status>(turn.status()) == run_status::parked) &&
        !MUTANT("parked-turns-replayed"))
      continue;  // ran no code
    auto& past = journal.emplace_back();
    past.seq = turn_seq(turn.seq());
    past.now = decoded->time();
    past.before = digest(turn.before());
    past.after = digest(turn.digest());
    past.build = build;
    for (const auto& item : turn.consumed()) past.data.push_back(item_of(item));
    for (int i = 0; i < turn.results_size() && !MUTANT("enclosed-results-not-replayed"); ++i) {
      const auto& result = turn.results(i);
      past.data.push_back({item_kind::step_result,
                           record.at,
                           result_part(static_cast<std::uint32_t>(i)),
                           thing_number(result.step()),
                           attempt_number(result.attempt()),
                           static_cast<outcome>(result.outcome()),
                           {},
                           decoded->view.body(result.body_payload()),
                           false});
    }
    for (const auto& command : turn.commands())
      past.commands.push_back(summary_of(command, *decoded));
  }
  for (auto& past : journal) {
    if (auto loaded = load_missing(from, past.data); !loaded)
      return std::unexpected(loaded.error());
  }
  return journal;
}

expected<payload> load_input(partition_log from, run_key run) {
  const offset at[] = {run.created};
  auto records = from.read_at(at);
  if (!records) return std::unexpected(records.error());
  record_decoder decoder;
  const auto decoded = decoder.decode(run.created, records->front().bytes);
  if (!decoded) return std::unexpected(decoded.error());
  if (decoded->kind() != record_kind::turn) return body_of(*decoded, 0);
  const auto& turn = decoded->as<wire::Turn>();
  for (int i = 0; i < turn.outgoing_size(); ++i) {
    const auto& body = turn.outgoing(i).body();
    if (body.kind() == static_cast<std::uint32_t>(body_kind::call) &&
        body.command() == run.command.value) {
      return body_of(*decoded, outgoing_part(static_cast<std::uint32_t>(i)));
    }
  }
  return fail(errc::corrupt,
              fmt::format("the turn at offset {} holds no call {}", run.created, run.command));
}

}  // namespace perdure::runtime
