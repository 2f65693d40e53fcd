#include "transport/kafka/bundle_labels.hpp"

#include <bitset>
#include <memory>

#include "perdure/record/v1/record.pb.h"
#include "runtime/record.hpp"

namespace perdure::transport {
namespace {

namespace wire = ::perdure::record::v1;
using runtime::record_kind;

template <class Header>
std::string workflow_in(std::string_view header) {
  Header decoded;
  return decoded.ParseFromArray(header.data(), static_cast<int>(header.size()))
             ? decoded.workflow_id()
             : std::string();
}

/// Only what comes from outside names its workflow; other records name its run.
std::string workflow_of(const runtime::record_view& record) {
  switch (record.front().kind) {
    case record_kind::start:
      return workflow_in<wire::Start>(record.header());
    case record_kind::signal:
      return workflow_in<wire::Signal>(record.header());
    case record_kind::update:
      return workflow_in<wire::Update>(record.header());
    case record_kind::control:
      return workflow_in<wire::Control>(record.header());
    default:
      return {};
  }
}

}  // namespace

bundle_labels labels_of(std::span<const std::string_view> records) {
  bundle_labels labels;
  std::bitset<256> seen;  // a kind is one byte
  bool one_workflow = true;
  for (const auto bytes : records) {
    const auto record =
        runtime::record_view::parse(runtime::payload(std::shared_ptr<const void>(), bytes));
    if (!record) return {};
    const auto kind = record->front().kind;
    if (const auto number = static_cast<std::uint8_t>(kind); !seen[number]) {
      seen.set(number);
      labels.kinds += labels.kinds.empty() ? "" : ",";
      labels.kinds += runtime::name(kind);
    }
    if (!one_workflow) continue;
    auto workflow = workflow_of(*record);
    one_workflow = !workflow.empty() && (labels.workflow.empty() || labels.workflow == workflow);
    labels.workflow = one_workflow ? std::move(workflow) : std::string();
  }
  return labels;
}

}  // namespace perdure::transport
