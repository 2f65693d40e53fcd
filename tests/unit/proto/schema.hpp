#pragma once

#include <map>
#include <string>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

namespace perdure::plugin {

/// .proto files held in memory, as protoc would hand them to the plugin. What they import is looked
/// up among them, then among the messages compiled into the test.
class schema : private google::protobuf::compiler::SourceTree,
               private google::protobuf::compiler::MultiFileErrorCollector {
 public:
  schema() { database_.RecordErrorsTo(this); }

  void add(const std::string& path, std::string text) { texts_[path] = std::move(text); }

  const google::protobuf::FileDescriptor& file(const std::string& path) {
    const auto* found = pool_.FindFileByName(path);
    if (!found) throw std::runtime_error("protoc refuses " + path + ":" + errors_);
    return *found;
  }

 private:
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string& path) override;
  void AddError(const std::string& file, int line, int column, const std::string& text) override {
    errors_ += "\n" + file + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1) +
               ": " + text;
  }

  std::map<std::string, std::string> texts_;
  std::string errors_;
  google::protobuf::DescriptorPoolDatabase compiled_{
      *google::protobuf::DescriptorPool::generated_pool()};
  google::protobuf::compiler::SourceTreeDescriptorDatabase database_{this, &compiled_};
  google::protobuf::DescriptorPool pool_{&database_, database_.GetValidationErrorCollector()};
};

}  // namespace perdure::plugin
