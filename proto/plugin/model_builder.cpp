#include "proto/plugin/model_builder.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/cpp/names.h>

#include "perdure/v1/options.pb.h"
#include "proto/plugin/comments.hpp"
#include "proto/plugin/cpp_names.hpp"
#include "proto/plugin/name_check.hpp"
#include "proto/plugin/operation_check.hpp"

namespace perdure::plugin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

/// Members of the generated handler that are no rpc's.
constexpr auto own_members =
    std::to_array<std::string_view>({"agent_handler", "agent_name", "description",
                                     "dispatch_function", "dispatch_query", "dispatch_workflow"});

/// Short where it means the same from inside a generated class, whose members are in snake_case.
std::string cpp_type(const Descriptor& type, const FileDescriptor& used_in) {
  const auto full = google::protobuf::compiler::cpp::QualifiedClassName(&type);
  const auto name = full.substr(full.rfind(':') + 1);
  const bool is_camel_case = std::isupper(static_cast<unsigned char>(name.front()));
  return is_camel_case && type.file()->package() == used_in.package() ? name : full;
}

message_model build_message(const Descriptor& type, const FileDescriptor& used_in) {
  return {.full_name = type.full_name(),
          .cpp_name = cpp_type(type, used_in),
          .empty = type.full_name() == "google.protobuf.Empty"};
}

operation_kind build_kind(const MethodDescriptor& method, problems& found) {
  const auto kind = method.options().GetExtension(v1::operation).kind();
  switch (kind) {
    case v1::OperationOptions::UNSPECIFIED:
    case v1::OperationOptions::WORKFLOW:
      return operation_kind::workflow;
    case v1::OperationOptions::FUNCTION:
      return operation_kind::function;
    case v1::OperationOptions::SIGNAL:
      return operation_kind::signal;
    case v1::OperationOptions::QUERY:
      return operation_kind::query;
    default:
      found.add(method, "is of kind " + std::to_string(static_cast<int>(kind)) +
                            ", which this protoc-gen-perdure does not know: use a newer one");
      return operation_kind::workflow;
  }
}

std::string build_member_name(const MethodDescriptor& method, const service_model& service) {
  auto name = snake_case(method.name());
  const bool is_taken = is_cpp_keyword(name) || name == service.cpp_name ||
                        name == service.client_name ||
                        std::ranges::find(own_members, name) != own_members.end();
  return is_taken ? name + "_" : name;
}

operation_model build_operation(const MethodDescriptor& method, const service_model& service,
                                problems& found) {
  operation_model result{.name = method.name(),
                         .cpp_name = build_member_name(method, service),
                         .kind = build_kind(method, found),
                         .input = build_message(*method.input_type(), *method.file()),
                         .output = build_message(*method.output_type(), *method.file()),
                         .id_template = method.options().GetExtension(v1::operation).id(),
                         .comment = comment_of(method)};
  check_operation(method, result, found);
  return result;
}

service_model build_service(const ServiceDescriptor& service, problems& found) {
  service_model result;
  const auto& name = service.options().GetExtension(v1::agent).name();
  result.agent_name = name.empty() ? service.full_name() : name;
  result.name = service.name();
  result.cpp_name =
      snake_case(service.name()) + (is_cpp_keyword(snake_case(service.name())) ? "_" : "");
  result.client_name = snake_case(service.name()) + "_client";
  result.comment = comment_of(service);
  for (int i = 0; i < service.method_count(); ++i) {
    result.operations.push_back(build_operation(*service.method(i), result, found));
  }
  check_operations(service, result, found);
  return result;
}

}  // namespace

file_model build_model(const FileDescriptor& file, problems& found) {
  file_model result{.path = file.name(),
                    .stem = google::protobuf::compiler::StripProto(file.name()),
                    .cpp_space = cpp_namespace(file.package()),
                    .services = {}};
  for (int i = 0; i < file.service_count(); ++i) {
    result.services.push_back(build_service(*file.service(i), found));
  }
  check_names(file, result, found);
  return result;
}

}  // namespace perdure::plugin
