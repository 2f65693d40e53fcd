#include <gmock/gmock.h>

#include "perdure/record/v1/record.pb.h"
#include "runtime/record.hpp"
#include "transport/kafka/bundle_labels.hpp"

namespace perdure::transport {
namespace {

namespace wire = ::perdure::record::v1;
using runtime::record_kind;

std::string start_of(const std::string& workflow) {
  wire::Start header;
  header.set_workflow_id(workflow);
  std::string bytes;
  runtime::encode_record(bytes, {record_kind::start, {}, {}}, header);
  return bytes;
}

std::string turn() {
  std::string bytes;
  runtime::encode_record(bytes, {record_kind::turn, {}, {}}, wire::Turn());
  return bytes;
}

bundle_labels labels(const std::vector<std::string>& records) {
  const std::vector<std::string_view> views(records.begin(), records.end());
  return labels_of(views);
}

TEST(bundle_labels, name_each_kind_once_and_the_workflow_if_all_are_its) {
  EXPECT_EQ(labels({start_of("a")}).workflow, "a");
  EXPECT_EQ(labels({start_of("a"), start_of("a")}).workflow, "a");
  EXPECT_EQ(labels({start_of("a"), start_of("b"), start_of("a")}).workflow, "");
  EXPECT_EQ(labels({start_of("a"), turn(), start_of("a")}).workflow, "");
  EXPECT_EQ(labels({start_of("a"), turn(), start_of("a")}).kinds, "start,turn");
}

// Kinds of the cluster log are numbered from 64 on.
TEST(bundle_labels, name_the_kinds_of_the_cluster_log) {
  std::string joined;
  runtime::encode_record(joined, {record_kind::join, {}, {}}, wire::Barrier());
  std::string drained;
  runtime::encode_record(drained, {record_kind::drain, {}, {}}, wire::Barrier());
  EXPECT_EQ(labels({joined, drained, joined}).kinds, "join,drain");
}

TEST(bundle_labels, of_what_is_no_record_there_are_none) {
  EXPECT_EQ(labels({start_of("a"), "no record"}).kinds, "");
}

}  // namespace
}  // namespace perdure::transport
