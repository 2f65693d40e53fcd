#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "nexus/door/door_wire.hpp"
#include "nexus/door/message_door.hpp"
#include "runtime/decoded_record.hpp"
#include "runtime/invariant.hpp"
#include "tests/unit/nexus/door/log_by_hand.hpp"
#include "tests/unit/nexus/door/message_records.hpp"

// What a neighbour may say at a door: any bytes as a delivery, or messages put together from them,
// signed with its key, or not. To find: crashes, deliveries without an answer or with two, receipts
// that say more than what is in the log, and records in the log that the neighbour has no right to.

namespace perdure::nexus {
namespace {

const std::string secret(32, 's');

struct stopped_clock final : runtime::clock {
  runtime::timestamp now() const override { return {}; }
  runtime::timestamp monotonic() const override { return {}; }
};

struct answer_slot final : transport::http_response_sink {
  void send(transport::http_reply reply) override {
    INVARIANT(!response, "a delivery was answered twice");
    auto* ready = std::get_if<transport::http_response>(&reply);
    response = ready ? std::move(*ready) : std::get<1>(reply)();
  }
  std::optional<transport::http_response> response;
};

/// The door of beta; alpha may come.
struct door_of_beta {
  door_of_beta() {
    INVARIANT(keys.read_all().has_value(), "the keys cannot be read");
    log.lands_at_once = true;
    door.open(log, {{"beta", beta}});
    door.know({{"alpha", {alpha, {}}}});
  }

  transport::http_response deliver(const std::string& body, std::string signature) {
    transport::http_request request{
        .method = transport::http_method::post, .target = "/v1/doors/beta", .body = body};
    request.headers = {{std::string(door_from_header), "alpha"},
                       {std::string(door_key_header), make_door_key(secret).id},
                       {std::string(door_signature_header), std::move(signature)}};
    const auto answer = std::make_shared<answer_slot>();
    door.handle(std::move(request), transport::http_responder(answer));
    INVARIANT(answer->response, "a delivery was not answered");
    return *answer->response;
  }
  static std::string signature_of(const std::string& body) {
    return sign(make_door_key(secret), {"POST", "/v1/doors/beta", "alpha", body});
  }

  stopped_clock clock;
  log_by_hand log;
  door_keys keys{{{"alpha", [] { return secret; }}}, clock};
  message_door door{keys, [](runtime::log_line::level, const std::string&) {}};
};

/// Eight bytes for each message: mostly one that may come, with something else now and then.
std::string put_together(std::span<const std::uint8_t> data) {
  constexpr std::size_t each = 8;
  door_wire::Delivery delivery;
  for (; data.size() >= each; data = data.subspan(each)) {
    message_words words;
    if (data[0] == 1) words.log = beta.log.value;
    words.source = data[1];
    words.number = data[2];
    words.kind = static_cast<runtime::body_kind>(data[3]);
    words.workflow_id = std::string(data[4] % 4, static_cast<char>('a' + data[4] % 26));
    if (data[5] == 1) words.caller_namespace = "beta";
    words.content = std::string(data[6], 'x');
    auto record = message_record(words);
    if (data[7] % 2 == 1) record[data[7] % record.size()] ^= static_cast<char>(data[6]);
    auto& entry = *delivery.add_entries();
    entry.set_partition(data[5] == 2 ? data[6] : home_of(words.workflow_id).value);
    entry.set_record(std::move(record));
  }
  return delivery.SerializeAsString();
}

/// What stands in beta's log may be alpha's to say (docs/adr/0014-doors-between-processes.md).
void look_at_landed(runtime::partition_index partition, const std::string& bytes) {
  INVARIANT(beta.has(partition), "partition {} is none of beta's", partition);
  runtime::record_decoder decoder;
  const auto record = decoder.decode(runtime::offset(1), runtime::payload(bytes));
  INVARIANT(record && record->kind() == runtime::record_kind::message, "no message landed");
  const auto& message = record->as<runtime::wire::Message>();
  INVARIANT(alpha.has(runtime::partition_index(message.source_partition())) &&
                message.source_incarnation() == alpha.log.value && message.number() > 0,
            "a message of partition {}, incarnation {}, number {} landed",
            message.source_partition(), message.source_incarnation(), message.number());
  const auto kind = static_cast<runtime::body_kind>(message.body().kind());
  if (kind != runtime::body_kind::call && kind != runtime::body_kind::signal) return;
  INVARIANT(message.body().caller_namespace() == "alpha", "it says that it is of '{}'",
            message.body().caller_namespace());
  INVARIANT(home_of(message.body().workflow_id()) == partition, "workflow '{}' is at {}",
            message.body().workflow_id(), partition);
}

void deliver_signed(const std::string& body) {
  door_of_beta there;
  const auto answer = there.deliver(body, door_of_beta::signature_of(body));
  const auto landed = there.log.records();
  const auto partitions = there.log.partitions();
  for (std::size_t i = 0; i < landed.size(); ++i)
    look_at_landed(runtime::partition_index(partitions[i]), landed[i]);
  constexpr unsigned ok = 200;
  INVARIANT((answer.status == ok) == !landed.empty(), "status {}, {} records landed", answer.status,
            landed.size());
  if (answer.status != ok) return;
  door_wire::Receipt receipt;
  INVARIANT(receipt.ParseFromString(answer.body), "a receipt that is none");
  std::size_t durable = 0;
  for (const auto& one : receipt.durable()) durable += one.entries();
  INVARIANT(durable == landed.size(), "{} are durable, {} landed", durable, landed.size());
}

/// Neither a signature of something else nor bytes for one open the door.
void deliver_unsigned(const std::string& body) {
  door_of_beta there;
  for (const auto& signature : {door_of_beta::signature_of(body + "x"), body, std::string()}) {
    constexpr unsigned unauthorised = 401;
    const auto answer = there.deliver(body, signature);
    INVARIANT(answer.status == unauthorised, "status {}", answer.status);
  }
  INVARIANT(there.log.records().empty(), "what nobody signed landed");
}

}  // namespace
}  // namespace perdure::nexus

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perdure::nexus;
  if (size == 0) return 0;
  const std::span rest(data + 1, size - 1);
  const bool as_it_is = data[0] == 'r';
  const auto body = as_it_is ? std::string(rest.begin(), rest.end()) : put_together(rest);
  deliver_signed(body);
  deliver_unsigned(body);
  return 0;
}
