#pragma once

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace perdure::plugin {

/// What is wrong with a set of .proto files, for the one who wrote them: all of it at once, each a
/// line "research.proto:12: Researcher.Research: what is wrong: what to change".
class problems {
 public:
  void add(const google::protobuf::ServiceDescriptor& at, const std::string& text);
  void add(const google::protobuf::MethodDescriptor& at, const std::string& text);

  bool empty() const { return lines_.empty(); }
  /// A count and the lines, for protoc to print.
  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace perdure::plugin
