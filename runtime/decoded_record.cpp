#include "runtime/decoded_record.hpp"

#include <climits>

namespace perdure::runtime {

google::protobuf::Message* record_decoder::header_of(record_kind kind) {
  switch (kind) {
    case record_kind::log_opened:
      return &log_opened_;
    case record_kind::claim:
      return &claim_;
    case record_kind::handed_over:
      return &handed_over_;
    case record_kind::config:
      return &config_;
    case record_kind::start:
      return &start_;
    case record_kind::signal:
      return &signal_;
    case record_kind::update:
      return &update_;
    case record_kind::control:
      return &control_;
    case record_kind::message:
      return &message_;
    case record_kind::step_result:
      return &step_result_;
    case record_kind::barrier:
      return &barrier_;
    case record_kind::turn:
      return &turn_;
    case record_kind::started:
      return &started_;
    case record_kind::clock:
      return &clock_;
    case record_kind::sent:
      return &sent_;
    case record_kind::mark:
      return &mark_;
    default:
      return nullptr;  // of the cluster log
  }
}

expected<decoded_record> record_decoder::decode(offset at, payload bytes) {
  auto view = record_view::parse(std::move(bytes));
  if (!view) return std::unexpected(view.error());
  auto* header = header_of(view->front().kind);
  if (header == nullptr) {
    return fail(errc::corrupt,
                fmt::format("the {} record at offset {} belongs into the cluster log, not here",
                            name(view->front().kind), at));
  }
  if (view->header().size() > INT_MAX ||
      !header->ParseFromArray(view->header().data(), static_cast<int>(view->header().size()))) {
    return fail(errc::corrupt,
                fmt::format("the header of the {} record at offset {} is no valid message",
                            name(view->front().kind), at));
  }
  if (view->front().kind == record_kind::config && config_.core_version() > core_version) {
    return fail(errc::unsupported_format,
                fmt::format("the config record at offset {} switches on version {} of the core, "
                            "this program knows {}: use a newer program",
                            at, config_.core_version(), core_version));
  }
  return decoded_record{at, *std::move(view), header};
}

}  // namespace perdure::runtime
