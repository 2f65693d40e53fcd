#pragma once

#include <string>

#include "perdure/cluster/v1/cluster.pb.h"
#include "runtime/decoded_record.hpp"

namespace perdure::runtime::membership {

namespace wire = ::perdure::cluster::v1;

/// The bytes of a record for the cluster log. Its time is 0: no rule reads one.
std::string encode(record_kind kind, const google::protobuf::Message& header);

/// Decodes headers of the cluster log into messages that it keeps and reuses: what `decode`
/// returned is valid until the next call.
class cluster_decoder {
 public:
  /// Errors: corrupt (bytes, or a header that is no such message, or a mailbox's kind),
  /// unsupported_format (of a newer version).
  expected<decoded_record> decode(offset at, payload bytes);

 private:
  google::protobuf::Message* header_of(record_kind kind);

  wire::Join join_;
  wire::Heartbeat heartbeat_;
  wire::Suspect suspect_;
  wire::Gone gone_;
  wire::Leaving leaving_;
  wire::Left left_;
  wire::Drain drain_;
  wire::Namespace name_space_;
  wire::Warm warm_;
  wire::View view_;
};

}  // namespace perdure::runtime::membership
