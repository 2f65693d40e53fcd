#include "tests/unit/proto/schema.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace perdure::plugin {

google::protobuf::io::ZeroCopyInputStream* schema::Open(const std::string& path) {
  const auto found = texts_.find(path);
  if (found == texts_.end()) return nullptr;
  return new google::protobuf::io::ArrayInputStream(found->second.data(),
                                                    static_cast<int>(found->second.size()));
}

}  // namespace perdure::plugin
