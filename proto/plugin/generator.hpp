#pragma once

#include <string>
#include <vector>

#include <google/protobuf/compiler/code_generator.h>

namespace perdure::plugin {

/// What protoc calls: foo.proto becomes foo.perdure.hpp and foo.perdure.cpp, which stand beside its
/// foo.pb.h. All files are checked before the first is written.
class generator : public google::protobuf::compiler::CodeGenerator {
 public:
  bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files,
                   const std::string& parameter,
                   google::protobuf::compiler::GeneratorContext* context,
                   std::string* error) const override;
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context,
                std::string* error) const override {
    return GenerateAll({file}, parameter, context, error);
  }
  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace perdure::plugin
