#pragma once

#include "deploy/cli/words.hpp"

namespace google::protobuf {
class Message;
}

namespace perdure::deploy {

/// A record's header as JSON for people who read a log: only the fields that are set, under their
/// names in the schema; bytes as text where they are plain text, else as {"base64": …}.
json header_json(const google::protobuf::Message& header);

}  // namespace perdure::deploy
