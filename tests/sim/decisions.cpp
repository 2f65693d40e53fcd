#include "tests/sim/decisions.hpp"

#include <optional>

#include <fmt/format.h>

#include "runtime/decoded_record.hpp"
#include "tests/sim/violated.hpp"
#include "tests/unit/runtime/records.hpp"

namespace perdure::sim {
namespace {

namespace wire = runtime::wire;
using runtime::record_kind;

/// The epoch that a decision names; none: it is no decision.
std::optional<runtime::epoch> epoch_of(const runtime::decoded_record& record) {
  switch (record.kind()) {
    case record_kind::turn:
      return runtime::epoch(record.as<wire::Turn>().epoch());
    case record_kind::started:
      return runtime::epoch(record.as<wire::Started>().epoch());
    case record_kind::clock:
      return runtime::epoch(record.as<wire::Clock>().epoch());
    case record_kind::sent:
      return runtime::epoch(record.as<wire::Sent>().epoch());
    case record_kind::handed_over:
      return runtime::epoch(record.as<wire::HandedOver>().epoch());
    default:
      return std::nullopt;
  }
}

}  // namespace

void decisions::check(const runtime::log_record& record, std::uint64_t life) const {
  runtime::record_decoder decoder;
  const auto decoded = decoder.decode(record.at, record.bytes);
  const auto named = decoded ? epoch_of(*decoded) : std::nullopt;
  if (!named) return;
  const auto owner = owners_.find({record.partition, *named});
  const auto writer = sessions_.find(life);
  if (owner != owners_.end() && writer != sessions_.end() && owner->second != writer->second)
    throw violated(
        fmt::format("invariant 6: p{}@{} decides in epoch {}, which another's claim "
                    "began: {}",
                    record.partition, record.at, *named, runtime::to_text(*decoded)));
}

}  // namespace perdure::sim
