#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/decoded_record.hpp"

namespace perdure::runtime {

/// A record whose bytes are kept for ever in tests/golden/v1/records/<file>.
struct golden_record {
  std::string file;
  envelope front;
  std::string header;  ///< as protobuf text
  std::vector<std::string> payloads;
};

/// At least one of each kind. Never change one that was released: add another, with `_2` in its
/// name, where a header gets a new field.
const std::vector<golden_record>& golden_records();

/// The header as a message of the kind's class. Breaks an INVARIANT if the text is none.
std::unique_ptr<google::protobuf::Message> header_of(const golden_record& golden);
std::string bytes_of(const golden_record& golden);
/// The message that a kind's headers are, empty.
std::unique_ptr<google::protobuf::Message> empty_header(record_kind kind);

}  // namespace perdure::runtime
