#include "proto/plugin/problems.hpp"

namespace perdure::plugin {
namespace {

template <class Descriptor>
std::string place(const google::protobuf::FileDescriptor& file, const Descriptor& at) {
  google::protobuf::SourceLocation location;
  const bool known = at.GetSourceLocation(&location);
  return file.name() + ":" + (known ? std::to_string(location.start_line + 1) + ":" : "") + " ";
}

}  // namespace

void problems::add(const google::protobuf::ServiceDescriptor& at, const std::string& text) {
  lines_.push_back(place(*at.file(), at) + at.name() + ": " + text);
}

void problems::add(const google::protobuf::MethodDescriptor& at, const std::string& text) {
  lines_.push_back(place(*at.file(), at) + at.service()->name() + "." + at.name() + ": " + text);
}

std::string problems::text() const {
  std::string result =
      lines_.size() == 1 ? "1 problem" : std::to_string(lines_.size()) + " problems";
  for (const auto& line : lines_) result += "\n" + line;
  return result;
}

}  // namespace perdure::plugin
