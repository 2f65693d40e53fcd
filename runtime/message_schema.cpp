#include "runtime/message_schema.hpp"

#include <map>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

namespace perdure::runtime {
namespace {

namespace protobuf = google::protobuf;

/// The first thing that was wrong.
class first_problem final : public protobuf::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const protobuf::Message*,
                ErrorLocation, const std::string& message) override {
    if (text_.empty()) text_ = fmt::format("{}: {}: {}", file, element, message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Builds files behind those that they import.
class file_builder {
 public:
  file_builder(const protobuf::FileDescriptorSet& set, protobuf::DescriptorPool& pool)
      : pool_(pool) {
    for (const auto& file : set.file()) {
      if (file.package() != well_known || find_own(file.name()) != nullptr)
        files_.emplace(file.name(), &file);
    }
  }

  expected<void> build_all() {
    for (const auto& [name, file] : files_) {
      if (auto built = build(*file); !built) return built;
    }
    return {};
  }

 private:
  /// A stack of its own: who sent the files may have made them import each other ten thousand deep.
  expected<void> build(const protobuf::FileDescriptorProto& file) {
    std::vector<step> under_way{{&file, 0}};
    while (!under_way.empty()) {
      auto& [at, next] = under_way.back();
      if (pool_.FindFileByName(at->name()) != nullptr) {
        under_way.pop_back();
      } else if (next < at->dependency_size()) {
        const auto found = files_.find(at->dependency(next++));
        if (found == files_.end()) continue;  // the pool says so, with names
        if (under_way.size() > files_.size())
          return fail(errc::invalid_argument, fmt::format("{} imports itself", at->name()));
        under_way.push_back({found->second, 0});
      } else {
        first_problem problem;
        if (pool_.BuildFileCollectingErrors(own_if_well_known(*at), &problem) == nullptr)
          return fail(errc::invalid_argument, problem.text());
        under_way.pop_back();
      }
    }
    return {};
  }

  /// Of messages that protobuf's JSON has forms of their own for, by their names, only this
  /// program's description is believed.
  static const protobuf::FileDescriptor* find_own(const std::string& name) {
    const auto* own = protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    return own != nullptr && own->package() == well_known ? own : nullptr;
  }
  static protobuf::FileDescriptorProto own_if_well_known(
      const protobuf::FileDescriptorProto& file) {
    const auto* own = find_own(file.name());
    if (own == nullptr) return file;
    protobuf::FileDescriptorProto copy;
    own->CopyTo(&copy);
    return copy;
  }

  static constexpr std::string_view well_known = "google.protobuf";
  struct step {
    const protobuf::FileDescriptorProto* file;
    int next;  ///< of what it imports
  };
  protobuf::DescriptorPool& pool_;
  std::map<std::string, const protobuf::FileDescriptorProto*> files_;
};

void add_file(const protobuf::FileDescriptor& file, std::set<std::string>& added,
              protobuf::FileDescriptorSet& set) {
  if (!added.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), added, set);
  file.CopyTo(set.add_file());
}

}  // namespace

expected<std::shared_ptr<const message_schema>> message_schema::parse(std::string_view files) {
  protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(files.data(), static_cast<int>(files.size())))
    return fail(errc::invalid_argument, "bytes that are no google.protobuf.FileDescriptorSet");
  std::shared_ptr<message_schema> schema(new message_schema);
  if (auto built = file_builder(set, schema->pool_).build_all(); !built)
    return std::unexpected(std::move(built.error()));
  return schema;
}

std::unique_ptr<protobuf::Message> message_schema::make(const std::string& name) const {
  const auto* found = pool_.FindMessageTypeByName(name);
  if (found == nullptr) return nullptr;
  return std::unique_ptr<protobuf::Message>(factory_.GetPrototype(found)->New());
}

std::unique_ptr<protobuf::Message> make_message(const message_schema* schema,
                                                const std::string& name) {
  if (name.empty()) return nullptr;
  if (schema != nullptr) return schema->make(name);
  const auto* found = protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  if (found == nullptr) return nullptr;
  const auto* prototype = protobuf::MessageFactory::generated_factory()->GetPrototype(found);
  return std::unique_ptr<protobuf::Message>(prototype != nullptr ? prototype->New() : nullptr);
}

std::string file_descriptors(const std::set<std::string>& messages) {
  protobuf::FileDescriptorSet set;
  std::set<std::string> added;
  for (const auto& name : messages) {
    const auto* found = protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
    if (found != nullptr) add_file(*found->file(), added, set);
  }
  return set.SerializeAsString();
}

}  // namespace perdure::runtime
