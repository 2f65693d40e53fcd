#include "nexus/door/delivery_check.hpp"

#include <fmt/format.h>

#include "runtime/body.hpp"
#include "runtime/routes.hpp"

namespace perdure::nexus {

using runtime::body_kind;
using runtime::errc;
using runtime::expected;
using runtime::fail;

namespace {

/// What names a workflow must be where that workflow is: else there would be two of one id.
expected<void> check_place(const delivery_sides& sides, runtime::partition_index target,
                           const runtime::decoded_record& record, const std::string& workflow_id) {
  const auto slot = runtime::slot_of(workflow_id);
  if (record.view.front().slot == slot &&
      target.value == sides.target.first + slot.value % sides.target.count)
    return {};
  return fail(errc::invalid_argument,
              fmt::format("a message to workflow '{}' came to partition {}, which does not have it",
                          workflow_id, target));
}

expected<void> check_body(const delivery_sides& sides, runtime::partition_index target,
                          const runtime::decoded_record& record) {
  const auto& body = record.as<runtime::wire::Message>().body();
  switch (static_cast<body_kind>(body.kind())) {
    case body_kind::call:
    case body_kind::signal:
      if (body.caller_namespace() != sides.from) {
        return fail(errc::denied, fmt::format("a message of namespace '{}' says that it is of '{}'",
                                              sides.from, body.caller_namespace()));
      }
      return check_place(sides, target, record, body.workflow_id());
    case body_kind::call_started:
    case body_kind::call_cancel:
    case body_kind::call_result:
      return {};
  }
  return fail(errc::unsupported_format,
              fmt::format("a message of kind {}, which this build does not know", body.kind()));
}

}  // namespace

expected<void> check_delivered(runtime::record_decoder& decoder, const delivery_sides& sides,
                               runtime::partition_index target, std::string_view record) {
  const auto decoded = decoder.decode(runtime::offset(1), runtime::payload(std::string(record)));
  if (!decoded) return std::unexpected(decoded.error());
  if (decoded->kind() != runtime::record_kind::message) {
    return fail(errc::denied, fmt::format("a record of kind {}: a door takes messages only",
                                          runtime::name(decoded->kind())));
  }
  const auto& message = decoded->as<runtime::wire::Message>();
  const runtime::partition_index source(message.source_partition());
  if (!sides.source.has(source) ||
      runtime::incarnation(message.source_incarnation()) != sides.source.log) {
    return fail(errc::denied,
                fmt::format("a message of partition {}, incarnation {}, which is none of namespace "
                            "'{}' in this installation",
                            source, message.source_incarnation(), sides.from));
  }
  if (!sides.target.has(target)) {
    return fail(errc::invalid_argument,
                fmt::format("partition {} is none of the namespace of this door", target));
  }
  if (message.number() == 0) return fail(errc::invalid_argument, "a message without a number");
  return check_body(sides, target, *decoded);
}

}  // namespace perdure::nexus
