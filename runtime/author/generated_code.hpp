#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runtime/author/codec.hpp"
#include "runtime/author/failure.hpp"

namespace google::protobuf {
class Message;
}

/// What code that protoc-gen-perdure generated calls beyond the authors' API.
namespace perdure {

/// The workflow id that an rpc's option `id` makes of a request ("licence/{key}"; grammar and
/// rules: proto/id_template.hpp). Throws failure `invalid_argument` if a string that it is made
/// from is empty: all such requests would be taken for one workflow.
std::string workflow_id_from(std::string_view id_template,
                             const google::protobuf::Message& request);

/// The request of a plain function. Bytes that are none end its run as `invalid_input`: another
/// attempt would read the same.
template <class T>
T function_input(const payload& input) {
  try {
    return decode<T>(input);
  } catch (const codec_error& why) {
    throw permanent_error("invalid_input", fmt::format("the input cannot be read: {}", why.what()));
  }
}

}  // namespace perdure
