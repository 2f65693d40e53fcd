#include "proto/plugin/generator.hpp"

#include <cstring>
#include <memory>

#include <google/protobuf/io/zero_copy_stream.h>

#include "proto/plugin/header_printer.hpp"
#include "proto/plugin/model_builder.hpp"
#include "proto/plugin/source_printer.hpp"

namespace perdure::plugin {
namespace {

void write(google::protobuf::compiler::GeneratorContext& context, const std::string& path,
           std::string_view text) {
  const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> file(context.Open(path));
  void* room = nullptr;
  int size = 0;
  while (!text.empty() && file->Next(&room, &size)) {
    const auto part = text.substr(0, static_cast<std::size_t>(size));
    std::memcpy(room, part.data(), part.size());
    text.remove_prefix(part.size());
    file->BackUp(size - static_cast<int>(part.size()));
  }
}

}  // namespace

bool generator::GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files,
                            const std::string& parameter,
                            google::protobuf::compiler::GeneratorContext* context,
                            std::string* error) const {
  if (!parameter.empty()) {
    *error = "protoc-gen-perdure takes no options, and was given '" + parameter + "'";
    return false;
  }
  problems found;
  std::vector<file_model> models;
  models.reserve(files.size());
  for (const auto* file : files) models.push_back(build_model(*file, found));
  if (!found.empty()) {
    *error = found.text();
    return false;
  }
  for (const auto& model : models) {
    write(*context, model.stem + ".perdure.hpp", print_header(model));
    write(*context, model.stem + ".perdure.cpp", print_source(model));
  }
  return true;
}

}  // namespace perdure::plugin
