#include "tests/unit/runtime/golden_records.hpp"

#include <google/protobuf/text_format.h>

#include "runtime/invariant.hpp"

namespace perdure::runtime {
namespace {

constexpr timestamp noon{1'763'899'200'000'000};

std::vector<golden_record> inputs() {
  return {
      {"log_opened.bin",
       {record_kind::log_opened, noon, {}},
       R"(incarnation: 0x1122334455667788 namespace: "research" number: 2 partitions: 4 index: 6)",
       {}},
      {"config.bin",
       {record_kind::config, noon, {}},
       R"(version: 3 core_version: 1 slot_partitions: [0, 1, 2, 300] retention_seconds: 86400
          retention_runs: 50000 callers: ["audit", "legal"] build_rules: "researcher=latest")",
       {}},
      {"start.bin",
       {record_kind::start, noon, slot_number(4'095)},
       R"(workflow_id: "report/7" agent: "research.v1.Researcher" operation: "Research"
          request_key: "req-1" policy: 3 timeout_us: 60000000 delay_us: 1500 trace: "00-4bf9-01"
          body_payload: 1)",
       {"\x0a\x05hello"}},
      {"start_plain.bin",
       {record_kind::start, noon, slot_number(17)},
       R"(workflow_id: "\377 is no UTF-8" agent: "a" operation: "o" request_key: "k" policy: 1)",
       {}},
      {"signal.bin",
       {record_kind::signal, noon, slot_number(1)},
       R"(workflow_id: "report/7" run { created: 4711 command: 2 } name: "approve"
          request_key: "req-2" body_payload: 1)",
       {"yes"}},
      {"update.bin",
       {record_kind::update, noon, slot_number(1)},
       R"(workflow_id: "report/7" run { created: 4711 command: 2 } name: "deposit"
          request_key: "req-3" body_payload: 1)",
       {"12.50"}},
      {"control.bin",
       {record_kind::control, noon, slot_number(1)},
       R"(workflow_id: "report/7" run { created: 4711 command: 2 } verb: 1 request_key: "req-4"
          body_payload: 1)",
       {"no longer needed"}},
      {"message.bin",
       {record_kind::message, noon, slot_number(99)},
       R"(source_incarnation: 0x1122334455667788 source_partition: 6 number: 300
          body { kind: 1 caller { created: 4711 command: 2 } command: 5 workflow_id: "licence/MIT"
                 agent: "legal.v1.Policy" operation: "Ask" policy: 3 timeout_us: 1000000
                 caller_namespace: "audit" caller_workflow: "audit/1" outcome: 2 terminate: true
                 name: "hello" run_id: "legal~0~7~12" }
          body_payload: 1)",
       {"MIT"}},
      {"step_result.bin",
       {record_kind::step_result, noon, {}},
       R"(run { created: 4711 command: 2 } step: 3 attempt: 2 outcome: 2 retryable: true
          took_us: 1250 body_payload: 1 tokens: 812 cost_micros: 4060)",
       {std::string("\x00\xff\x00", 3)}},
      {"barrier.bin", {record_kind::barrier, noon, {}}, "nonce: 0xfeedfacecafebeef", {}},
  };
}

std::vector<golden_record> decisions() {
  return {
      {"claim.bin",
       {record_kind::claim, noon, {}},
       R"(session: 0x0102030405060708 node: "node-1" replaces: 4000 suspects_known: true
          suspects { created: 4711 command: 2 } suspects { created: 9 } view: 5
          builds: "researcher=2026-11-23" oldest_core: 1 newest_core: 2)",
       {}},
      {"handed_over.bin", {record_kind::handed_over, noon, {}}, "epoch: 4801", {}},
      {"started.bin",
       {record_kind::started, noon, slot_number(1)},
       "epoch: 4801 run { created: 4711 command: 2 } step: 3 attempt: 2",
       {}},
      {"started_activation.bin",
       {record_kind::started, noon, slot_number(1)},
       "epoch: 4801 run { created: 4711 command: 2 } seq: 8",
       {}},
      {"clock.bin", {record_kind::clock, noon, {}}, "epoch: 4801 time_us: 1763899200000000", {}},
      {"clock_before_1970.bin", {record_kind::clock, {-1}, {}}, "epoch: 4801 time_us: -1", {}},
      {"sent.bin", {record_kind::sent, noon, {}}, "epoch: 4801 target: 6 number: 300", {}},
      {"mark.bin",
       {record_kind::mark, noon, {}},
       "epoch: 4801 digest: 0x8877665544332211 checkpoint: 4500",
       {}},
  };
}

std::vector<golden_record> turns() {
  return {
      {"turn.bin",
       {record_kind::turn, noon, slot_number(1)},
       R"(epoch: 4801 run { created: 4711 command: 2 } seq: 8 before: 0x1111111111111111
          digest: 0x2222222222222222 status: 1
          consumed { kind: 2 at: 4790 part: 1 thing: 2 attempt: 3 outcome: 1 name: "approve" }
          consumed { kind: 5 at: 4791 thing: 4 }
          results { step: 3 attempt: 2 outcome: 1 body_payload: 1 took_us: 1250 }
          commands { kind: 1 number: 5 name: "fetch" body_payload: 2 body_hash: 7 mode: 2
                     retry { initial_us: 200000 factor_permille: 2000 longest_us: 60000000
                             maximum_attempts: 5 total_us: 3600000000 }
                     timeout_us: 30000000 }
          commands { kind: 2 number: 6 due_us: 1763899203000000 }
          commands { kind: 3 number: 7 body_payload: 3 body_hash: 8 timeout_us: 1
                     namespace: "legal" agent: "legal.v1.Policy" operation: "Ask"
                     workflow_id: "licence/MIT" policy: 3 on_close: 3 target_partition: 9 }
          commands { kind: 4 number: 2 }
          waits { need: 2 things: [5, 6, 7] } waits { need: 1 things: 300 } waits_for_signal: true
          outgoing { target: 9 enclosed: true command: 7 }
          outgoing { target: 6 body { kind: 5 workflow_id: "other" name: "hello"
                                      caller_namespace: "research" }
                     body_payload: 3 slot: 1234 }
          build: "2026-11-23")",
       {"a result", "{\"url\": \"x\"}", std::string(300, 'p')}},
      {"turn_completed.bin",
       {record_kind::turn, noon, slot_number(1)},
       R"(epoch: 4801 run { created: 4711 } seq: 9 before: 1 digest: 2 status: 4 controls: 1
          result_payload: 1 detail: "as asked")",
       {"the value"}},
      {"turn_parked.bin",
       {record_kind::turn, noon, slot_number(1)},
       R"(epoch: 4801 run { created: 4711 } seq: 9 before: 1 digest: 2 status: 3 park_reason: 1
          detail: "event 17: the journal has step `fetch`, the code now asks for a timer of 3s")",
       {}},
      {"turn_of_the_partition.bin",
       {record_kind::turn, noon, {}},
       R"(epoch: 4801 run {} seq: 3 before: 1 digest: 2 status: 1 owed: 1
          outgoing { target: 9 enclosed: true body { kind: 4 caller { created: 12 } command: 1
                                                     outcome: 7 } })",
       {}},
  };
}

}  // namespace

const std::vector<golden_record>& golden_records() {
  static const std::vector<golden_record> all = [] {
    auto records = inputs();
    for (auto* more : {&decisions, &turns}) {
      for (auto& golden : more()) records.push_back(std::move(golden));
    }
    return records;
  }();
  return all;
}

std::unique_ptr<google::protobuf::Message> empty_header(record_kind kind) {
  // A decoder knows which class belongs to a kind.
  std::string bytes;
  encode_record(bytes, {kind, {}, {}}, wire::Barrier{});
  record_decoder decoder;
  const auto decoded = decoder.decode(offset(1), payload(std::move(bytes)));
  INVARIANT(decoded.has_value(), "an empty {} cannot be read", name(kind));
  return std::unique_ptr<google::protobuf::Message>(decoded->header->New());
}

std::unique_ptr<google::protobuf::Message> header_of(const golden_record& golden) {
  auto header = empty_header(golden.front.kind);
  INVARIANT(google::protobuf::TextFormat::ParseFromString(golden.header, header.get()),
            "the header of {} is no text of its kind", golden.file);
  return header;
}

std::string bytes_of(const golden_record& golden) {
  const std::vector<std::string_view> payloads(golden.payloads.begin(), golden.payloads.end());
  std::string bytes;
  encode_record(bytes, golden.front, *header_of(golden), payloads);
  return bytes;
}

}  // namespace perdure::runtime
