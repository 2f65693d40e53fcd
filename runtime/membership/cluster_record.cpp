#include "runtime/membership/cluster_record.hpp"

#include <climits>

namespace perdure::runtime::membership {

std::string encode(record_kind kind, const google::protobuf::Message& header) {
  std::string bytes;
  encode_record(bytes, {kind, {}, {}}, header);
  return bytes;
}

google::protobuf::Message* cluster_decoder::header_of(record_kind kind) {
  switch (kind) {
    case record_kind::join:
      return &join_;
    case record_kind::heartbeat:
      return &heartbeat_;
    case record_kind::suspect:
      return &suspect_;
    case record_kind::gone:
      return &gone_;
    case record_kind::leaving:
      return &leaving_;
    case record_kind::left:
      return &left_;
    case record_kind::drain:
      return &drain_;
    case record_kind::name_space:
      return &name_space_;
    case record_kind::warm:
      return &warm_;
    case record_kind::view:
      return &view_;
    default:
      return nullptr;  // of a mailbox
  }
}

expected<decoded_record> cluster_decoder::decode(offset at, payload bytes) {
  auto view = record_view::parse(std::move(bytes));
  if (!view) return std::unexpected(view.error());
  auto* header = header_of(view->front().kind);
  if (header == nullptr) {
    return fail(errc::corrupt,
                fmt::format("the {} record at offset {} belongs into a mailbox, not into the "
                            "cluster log",
                            name(view->front().kind), at));
  }
  if (view->header().size() > INT_MAX ||
      !header->ParseFromArray(view->header().data(), static_cast<int>(view->header().size()))) {
    return fail(errc::corrupt,
                fmt::format("the header of the {} record at offset {} is no valid message",
                            name(view->front().kind), at));
  }
  return decoded_record{at, *std::move(view), header};
}

}  // namespace perdure::runtime::membership
