#include <utility>

#include "runtime/owner.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {
namespace {

// `sent` records are lazy: they only trim. They go with the next turn, or after so many
// acknowledgements of a channel, or so long after the first.
constexpr std::uint64_t confirm_every = 64;
constexpr auto confirm_within = milliseconds(200);

}  // namespace

/// DESIGN 3.3: hands what is above the cursor to the log, in order, as far as the window reaches
/// (3.5). `record`: the turn just read, if it holds one of them.
void owner::send_outbox(partition_index target, const decoded_record* record, timestamp) {
  const auto waiting = state_.outbox().find(target);
  if (role_ != role::owner || waiting == state_.outbox().end()) return;
  auto& cursor = channels_[target];
  if (cursor.sent < message_number(waiting->second.front().number.value - 1)) {
    cursor.sent = cursor.acknowledged = cursor.reported =
        message_number(waiting->second.front().number.value - 1);
  }
  const auto first = cursor.sent.value + 1 - waiting->second.front().number.value;
  for (auto i = first; i < waiting->second.size(); ++i) {
    const auto window = BUGGIFY("narrow-window") ? 1 : options_.window;
    if (cursor.sent.value >= cursor.acknowledged.value + window) {
      REACHED("window-of-a-channel-full");
      break;
    }
    const bool again = record == nullptr;
    if (again) REACHED("message-sent-again");
    const auto turned = waiting->second.size() - 1 + first - i;
    const auto& entry = waiting->second[again && MUTANT("sent-again-in-reverse") ? turned : i];
    message_order order{target, entry.number, entry.body, {}};
    if (again && MUTANT("sent-again-elsewhere"))
      order.target = partition_index(target.value == 1 ? 2 : 1);
    if (record != nullptr && record->at == entry.body.at && !BUGGIFY("read-message-again"))
      order.record = encode_message(*record, entry.body.part, entry.number);
    out_.messages.push_back(std::move(order));
    cursor.sent = entry.number;
    if (MUTANT("confirmed-when-sent")) cursor.acknowledged = entry.number;
  }
}

std::string owner::encode_message(const decoded_record& record, std::uint32_t part,
                                  message_number number) const {
  const auto& outgoing =
      record.as<wire::Turn>().outgoing(static_cast<int>(part - outgoing_part(0)));
  wire::Message message;
  message.set_source_incarnation(state_.log().value);
  message.set_source_partition(state_.self().value);
  message.set_number(number.value);
  *message.mutable_body() = outgoing.body();
  const auto content = body_of(record, part);
  message.set_body_payload(content.empty() ? 0 : 1);
  const std::string_view payloads[] = {content.view()};
  std::string bytes;
  encode_record(bytes,
                {record_kind::message, record.time(),
                 slot_number(static_cast<std::uint16_t>(outgoing.slot()))},
                message, content.empty() ? std::span<const std::string_view>{} : payloads);
  return bytes;
}

/// DESIGN 3.3: an acknowledgement counts only after those of all lower numbers; a failed delivery
/// re-sends the channel from there.
void owner::on_delivery(partition_index target, message_number number, bool landed, timestamp now) {
  const auto found = channels_.find(target);
  if (role_ != role::owner || found == channels_.end()) return;
  auto& cursor = found->second;
  if (!landed && !MUTANT("sent-on-a-failed-report")) {
    REACHED("delivery-failed");
    if (MUTANT("failed-delivery-forgotten")) return;
    if (number <= cursor.sent) cursor.sent = message_number(number.value - 1);
    return send_outbox(target, nullptr, now);
  }
  if (number.value != cursor.acknowledged.value + 1 &&
      (number <= cursor.acknowledged || !MUTANT("acknowledgement-out-of-order"))) {
    REACHED("acknowledgement-before-another");
    return;
  }
  cursor.acknowledged = number;
  confirm(target, now);
  // Many at once: what waited behind the window is read from the log again.
  if (cursor.sent.value <= cursor.acknowledged.value + options_.window / 2 &&
      !MUTANT("window-stays-shut"))
    send_outbox(target, nullptr, now);
}

void owner::confirm(partition_index target, timestamp now) {
  const auto& cursor = channels_[target];
  if (cursor.acknowledged <= cursor.reported) return;
  if (cursor.acknowledged.value >= cursor.reported.value + confirm_every)
    return write_sent(target, later(now));
  unconfirmed_.insert(target);
  if (confirm_at_.us == 0) confirm_at_ = now + confirm_within;
}

void owner::confirm_all(timestamp time) {
  confirm_at_ = {};
  for (const auto target : std::exchange(unconfirmed_, {})) {
    if (channels_[target].acknowledged > channels_[target].reported) write_sent(target, time);
  }
}

void owner::write_sent(partition_index target, timestamp time) {
  auto& cursor = channels_[target];
  cursor.reported = cursor.acknowledged;
  wire::Sent sent;
  sent.set_epoch(state_.current().value);
  sent.set_target(target.value);
  sent.set_number(cursor.acknowledged.value);
  append(record_kind::sent, sent, time, {}, state_.self());
}

}  // namespace perdure::runtime
