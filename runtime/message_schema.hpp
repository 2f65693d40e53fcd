#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include "runtime/error.hpp"

namespace perdure::runtime {

/// The messages of another program, which this one may have in another version or not at all; those
/// of protobuf's own package are this program's, and others of that package left out. Any thread.
class message_schema {
 public:
  /// Of the bytes of a google.protobuf.FileDescriptorSet, in any order. Error invalid_argument:
  /// they are none, or its files do not fit together.
  static expected<std::shared_ptr<const message_schema>> parse(std::string_view files);

  /// An empty message of that full name; null: there is none. The schema outlives it.
  std::unique_ptr<google::protobuf::Message> make(const std::string& name) const;

 private:
  message_schema() = default;

  google::protobuf::DescriptorPool pool_;
  mutable google::protobuf::DynamicMessageFactory factory_{&pool_};
};

/// An empty message of that full name: of `schema`, null: of this program. Null: there is none.
std::unique_ptr<google::protobuf::Message> make_message(const message_schema* schema,
                                                        const std::string& name);

/// The bytes of a FileDescriptorSet with the files of these messages of this program, and all that
/// they import, each behind what it imports. Names that are not in this program are left out.
std::string file_descriptors(const std::set<std::string>& messages);

}  // namespace perdure::runtime
