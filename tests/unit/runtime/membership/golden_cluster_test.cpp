#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/runtime/membership/lone_cluster.hpp"
#include "tests/unit/runtime/stored_log.hpp"

namespace perdure::runtime::membership {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::filesystem::path folder = "tests/golden/v1/cluster";

/// Puts a record into both; says its place, which is its member's id if it is a join.
auto written_to(lone_cluster& f, std::vector<std::string>& records) {
  return [&f, &records](const std::string& record) {
    f.put(record);
    records.push_back(record);
    return member_id(f.last().value);
  };
}

/// A log in which every kind and every field of it stands.
std::vector<std::string> all_kinds() {
  lone_cluster f;
  std::vector<std::string> records;
  const auto put = written_to(f, records);
  put(namespace_record("research", 3, 0x1122334455667788));
  put(namespace_record("audit", 2, 0x99));
  const auto a = put(join_record({.node = "node-1",
                                  .session = 0xabcdef,
                                  .weight = 2,
                                  .serves = {"research", "audit"},
                                  .agents = {{"researcher", "b7"}, {"critic", "b7"}}}));
  const auto b = put(join_record({.node = "node-2", .session = 2, .serves = {"research"}}));
  put(warm_record(b, {1, 2, 3}, f.last()));
  put(heartbeat_record(a, 1));
  put(heartbeat_record(b, 1));
  put(suspect_record(b, a, f.last()));
  put(heartbeat_record(b, 2));
  put(encode(record_kind::view, f.folded.view(a)));
  const auto again = put(join_record(
      {.node = "node-1", .session = 3, .replaces = a.value, .serves = {"research", "audit"}}));
  put(drain_words("node-2", true, 1));
  put(suspect_record(b, again, f.folded.find(b)->heard));
  put(leaving_record(b));
  put(warm_record(again, {1, 2, 3, 4, 5}, f.last()));
  put(heartbeat_record(again, 1));
  put(encode(record_kind::view, f.folded.view(again)));
  put(gone_record(b, again, f.folded.find(b)->suspicions.at(again)));
  put(left_record(again));
  return records;
}

/// What was added later: nodes that announce doors.
std::vector<std::string> doors() {
  lone_cluster f;
  std::vector<std::string> records;
  const auto put = written_to(f, records);
  put(namespace_record("research", 1, 0x1122334455667788));
  const auto a = put(join_record({.node = "node-1",
                                  .session = 0xabcdef,
                                  .serves = {"research"},
                                  .door = "http://10.0.0.7:7090"}));
  put(encode(record_kind::view, f.folded.view(a)));
  return records;
}

std::string said_of(const std::vector<std::pair<std::uint64_t, std::string>>& log) {
  cluster_state folded(reading_from::first_record);
  std::string text;
  for (const auto& [at, record] : log)
    text += fmt::format("{}: {}\n", at, apply_to(folded, offset(at), record));
  return text + folded.canonical();
}

/// PERDURE_WRITE_GOLDEN=1 writes what is missing. What is there is never written again.
std::string kept(const char* file, const std::string& otherwise) {
  const auto path = plugin::checkout() / folder / file;
  if (std::getenv("PERDURE_WRITE_GOLDEN") && !std::filesystem::exists(path))
    std::ofstream(path, std::ios::binary) << otherwise;
  EXPECT_TRUE(std::filesystem::exists(path))
      << path.string()
      << " is missing: PERDURE_WRITE_GOLDEN=1 unit_runtime --gtest_filter=*golden*";
  return plugin::read_checkout(folder / file);
}

std::vector<std::pair<std::uint64_t, std::string>> kept_log(
    const char* name = "all_kinds.log", const std::vector<std::string>& written = all_kinds()) {
  std::string file;
  std::uint64_t at = 0;
  for (const auto& record : written) store(file, ++at, record);
  return stored_records(kept(name, file));
}

void expect_same_bytes(const std::vector<std::pair<std::uint64_t, std::string>>& log,
                       const std::vector<std::string>& now) {
  ASSERT_EQ(log.size(), now.size());
  cluster_decoder decoder;
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(log[i].second, now[i]) << "record " << i + 1;
    const auto record = decoder.decode(offset(log[i].first), payload(log[i].second));
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(encode(record->kind(), *record->header), log[i].second);
  }
}

TEST(golden_cluster, bytes_are_read_and_written_again_for_ever) {
  expect_same_bytes(kept_log(), all_kinds());
  expect_same_bytes(kept_log("doors.log", doors()), doors());
}

TEST(golden_cluster, rule_9_1_a_kept_log_does_what_it_always_did) {
  const auto log = kept_log();
  EXPECT_EQ(said_of(log), kept("all_kinds.txt", said_of(log)));
  const auto later = kept_log("doors.log", doors());
  EXPECT_EQ(said_of(later), kept("doors.txt", said_of(later)));
}

TEST(golden_cluster, each_kind_stands_in_it) {
  std::set<record_kind> kinds;
  for (const auto& [at, record] : kept_log())
    kinds.insert(record_view::parse(payload(record))->front().kind);
  for (int number = 0; number < 256; ++number) {
    const auto kind = static_cast<record_kind>(number);
    if (!name(kind).empty() && is_of_cluster(kind)) {
      EXPECT_TRUE(kinds.contains(kind)) << name(kind);
    }
  }
}

/// The full names of the fields that are set, nested messages' too.
void collect(const Message& message, std::set<std::string>& fields) {
  const auto& about = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  about.ListFields(message, &set);
  for (const auto* field : set) {
    fields.insert(field->full_name());
    if (field->type() != FieldDescriptor::TYPE_MESSAGE) continue;
    if (!field->is_repeated()) collect(about.GetMessage(message, field), fields);
    for (int i = 0; field->is_repeated() && i < about.FieldSize(message, field); ++i)
      collect(about.GetRepeatedMessage(message, field, i), fields);
  }
}

TEST(golden_cluster, each_field_of_each_kind_stands_in_it) {
  std::set<std::string> fields;
  cluster_decoder decoder;
  for (const auto& log : {kept_log(), kept_log("doors.log", doors())}) {
    for (const auto& [at, record] : log)
      collect(*decoder.decode(offset(at), payload(record))->header, fields);
  }
  const auto& file = *wire::Join::descriptor()->file();
  for (int i = 0; i < file.message_type_count(); ++i) {
    for (int k = 0; k < file.message_type(i)->field_count(); ++k) {
      const auto& name = file.message_type(i)->field(k)->full_name();
      EXPECT_TRUE(fields.contains(name)) << name << " stands in no golden record: add one";
    }
  }
}

/// Bytes of a newer writer: a field that this program does not know is kept (STYLE 26).
TEST(golden_cluster, an_unknown_field_is_kept) {
  cluster_decoder decoder;
  for (const auto& [at, record] : kept_log()) {
    auto& header = *decoder.decode(offset(at), payload(record))->header;
    std::unique_ptr<Message> newer(header.New());
    newer->CopyFrom(header);
    newer->GetReflection()->MutableUnknownFields(newer.get())->AddVarint(1'000, 42);
    const auto kind = record_view::parse(payload(record))->front().kind;
    const auto bytes = encode(kind, *newer);
    const auto again = decoder.decode(offset(at), payload(bytes));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(encode(kind, *again->header), bytes);
  }
}

}  // namespace
}  // namespace perdure::runtime::membership
