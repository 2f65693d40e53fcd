#pragma once

#include <string>
#include <vector>

namespace perdure::plugin {

/// What is printed: a .proto file's services, checked, with every name already chosen. Plain data;
/// made by model_builder, read by the printers.

enum class operation_kind { workflow, function, signal, query };

struct message_model {
  std::string full_name;  ///< "research.v1.Query"
  std::string cpp_name;   ///< as generated code names it: "Query" or "::other::v1::Query"
  bool empty = false;     ///< google.protobuf.Empty: no parameter, or void
};

/// An rpc.
struct operation_model {
  std::string name;      ///< "Research", what calls, signals and queries are sent under
  std::string cpp_name;  ///< "research"
  operation_kind kind = operation_kind::workflow;
  message_model input;
  message_model output;
  std::string id_template;
  std::vector<std::string> comment;  ///< lines above the rpc, without their slashes
};

/// A service.
struct service_model {
  std::string agent_name;   ///< "research.v1.Researcher", or what the option says
  std::string name;         ///< "Researcher"
  std::string cpp_name;     ///< "researcher"
  std::string client_name;  ///< "researcher_client"
  std::vector<operation_model> operations;
  std::vector<std::string> comment;
};

/// A .proto file.
struct file_model {
  std::string path;       ///< "team/research.proto"
  std::string stem;       ///< "team/research"
  std::string cpp_space;  ///< "research::v1"
  std::vector<service_model> services;
};

}  // namespace perdure::plugin
