#pragma once

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace perdure::plugin {

/// The lines of a comment in a .proto file, fit to be printed behind "/// ".
std::vector<std::string> comment_lines(const google::protobuf::SourceLocation& location);

template <class Descriptor>
std::vector<std::string> comment_of(const Descriptor& described) {
  google::protobuf::SourceLocation location;
  if (!described.GetSourceLocation(&location)) return {};
  return comment_lines(location);
}

}  // namespace perdure::plugin
