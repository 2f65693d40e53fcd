#pragma once

#include <span>
#include <vector>

#include "runtime/body.hpp"
#include "runtime/client.hpp"
#include "runtime/decoded_record.hpp"
#include "runtime/log.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::runtime {

/// Reads what a run's core state only points at. These read files: never on an actor.

/// The payload at that place. Errors: as `log::read_at`.
expected<payload> load_body(partition_log from, body_ref where);

/// Payloads of one record, each in memory of its own, by one read. Errors: as `log::read_at`.
expected<std::vector<payload>> load_bodies(partition_log from, offset where,
                                           std::span<const std::uint32_t> parts);

/// Whether items of this kind carry a payload.
bool has_body(item_kind kind);

/// Reads the bodies of those items that are marked `missing`.
expected<void> load_missing(partition_log from, std::span<data_item> items);

/// The turn that was recorded there. Error: corrupt, also if another record stands there: a log
/// that lost its end and was filled again, before anybody knows (DESIGN 5.5).
expected<decoded_record> decode_turn(record_decoder& decoder, const log_record& record);
/// The turn with the message that is its outgoing `part`. Errors: the same, or it has none.
expected<decoded_record> decode_sender(record_decoder& decoder, const log_record& record,
                                       std::uint32_t part);

/// The turns in which the run's code ran, with all that they consumed, for replay (DESIGN 6.3).
expected<std::vector<past_turn>> load_journal(partition_log from, std::span<const offset> turns);

/// What a run was given to begin with: the body of the record, or of the local call, that created
/// it.
expected<payload> load_input(partition_log from, run_key run);

/// The run's story, one line per thing that happened, in order (DESIGN 2.5, the audit trail).
expected<std::vector<history_event>> load_history(partition_log from,
                                                  std::span<const offset> turns);

}  // namespace perdure::runtime
