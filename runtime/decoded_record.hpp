#pragma once

#include "perdure/record/v1/record.pb.h"
#include "runtime/record.hpp"

namespace perdure::runtime {

namespace wire = ::perdure::record::v1;

/// A record with its header decoded, at its place in the log.
struct decoded_record {
  offset at;
  record_view view;
  const google::protobuf::Message* header = nullptr;  ///< of the class that belongs to the kind

  record_kind kind() const { return view.front().kind; }
  timestamp time() const { return view.front().time; }
  template <class Header>
  const Header& as() const {
    return static_cast<const Header&>(*header);
  }
};

/// The newest version of the core's rules that this program folds by; a `config` record switches a
/// version on (DESIGN 5.6).
constexpr std::uint32_t core_version = 1;

/// Decodes headers into messages that it keeps and reuses: what `decode` returned is valid until
/// the next call.
class record_decoder {
 public:
  /// Errors: corrupt (a header that is no such message; the checksum has passed, so a writer's
  /// bug), unsupported_format (of a newer version: its format, its kind, the core it switches on).
  expected<decoded_record> decode(offset at, payload bytes);

 private:
  google::protobuf::Message* header_of(record_kind kind);

  wire::LogOpened log_opened_;
  wire::Claim claim_;
  wire::HandedOver handed_over_;
  wire::Config config_;
  wire::Start start_;
  wire::Signal signal_;
  wire::Update update_;
  wire::Control control_;
  wire::Message message_;
  wire::StepResult step_result_;
  wire::Barrier barrier_;
  wire::Turn turn_;
  wire::Started started_;
  wire::Clock clock_;
  wire::Sent sent_;
  wire::Mark mark_;
};

/// A length of time as it stands in a header.
inline duration duration_from(std::uint64_t us) {
  return {us > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(us)};
}

inline run_key key_of(const wire::RunKey& key) {
  return {offset(key.created()), thing_number(key.command())};
}
inline void set_key(wire::RunKey& out, run_key key) {
  out.set_created(key.created.value);
  out.set_command(key.command.value);
}

}  // namespace perdure::runtime
