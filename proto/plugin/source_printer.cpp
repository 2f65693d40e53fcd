#include "proto/plugin/source_printer.hpp"

#include <algorithm>

#include "proto/plugin/cpp_names.hpp"
#include "proto/plugin/text_writer.hpp"

namespace perdure::plugin {
namespace {

std::string_view kind_name(operation_kind kind) {
  switch (kind) {
    case operation_kind::workflow:
      return "workflow";
    case operation_kind::function:
      return "function";
    case operation_kind::signal:
      return "signal";
    case operation_kind::query:
      return "query";
  }
  return {};
}

void print_description(const service_model& service, text_writer& out) {
  out.blank();
  out.line("::perdure::runtime::agent_description {}::description() {{", service.cpp_name);
  out.line("  using ::perdure::runtime::operation_kind;");
  out.line("  return {{.name = std::string(agent_name),");
  out.line("          .build = {{}},");
  out.line("          .operations = {{");
  for (const auto& operation : service.operations) {
    out.line("              {{.name = {},", cpp_literal(operation.name));
    out.line("               .kind = operation_kind::{},", kind_name(operation.kind));
    out.line("               .input_type = {},", cpp_literal(operation.input.full_name));
    out.line("               .output_type = {},", cpp_literal(operation.output.full_name));
    out.line("               .id_template = {}}},", cpp_literal(operation.id_template));
  }
  out.line("          }}}};");
  out.line("}}");
}

/// "this->research(context, ::perdure::decode<Query>(input))": an rpc may be named as a parameter
/// is.
std::string handler_call(const operation_model& operation) {
  const std::string decode =
      operation.kind == operation_kind::function ? "function_input" : "decode";
  const auto request = operation.input.empty
                           ? ""
                           : ", ::perdure::" + decode + "<" + operation.input.cpp_name + ">(input)";
  return "this->" + operation.cpp_name + "(context" + request + ")";
}

void print_dispatch_case(const operation_model& operation, text_writer& out) {
  const auto call = handler_call(operation);
  out.line("if (operation == {}) {{", cpp_literal(operation.name));
  out.indent();
  if (operation.kind == operation_kind::workflow) {
    out.line("return {}.body();", call);
  } else if (operation.output.empty) {
    out.line("{};", call);
    out.line("return {{}};");
  } else {
    out.line("return ::perdure::encode({});", call);
  }
  out.outdent();
  out.line("}}");
}

/// What a handler's dispatch function of one kind looks like.
struct dispatch_form {
  operation_kind kind;
  std::string_view result;
  std::string_view context;
  std::string_view is_const;
};

constexpr dispatch_form dispatch_forms[] = {
    {operation_kind::workflow, "::perdure::workflow_body", "::perdure::context&", ""},
    {operation_kind::query, "::perdure::payload", "const ::perdure::query_context&", " const"},
    {operation_kind::function, "::perdure::payload", "::perdure::step_context&", ""},
};

void print_dispatch(const service_model& service, const dispatch_form& form, text_writer& out) {
  const auto is_of_kind = [&form](const auto& operation) { return operation.kind == form.kind; };
  if (std::ranges::none_of(service.operations, is_of_kind)) return;
  const auto name = "dispatch_" + std::string(kind_name(form.kind));
  out.blank();
  out.line("{} {}::{}(", form.result, service.cpp_name, name);
  out.line("    std::string_view operation, {} context, const ::perdure::payload& input){} {{",
           form.context, form.is_const);
  out.indent();
  for (const auto& operation : service.operations) {
    if (is_of_kind(operation)) print_dispatch_case(operation, out);
  }
  out.line("return agent_handler::{}(operation, context, input);  // throws", name);
  out.outdent();
  out.line("}}");
}

void print_signal_sender(const service_model& service, const operation_model& operation,
                         text_writer& out) {
  const auto& input = operation.input;
  out.blank();
  out.line("void {}::{}(std::string_view workflow_id{}) {{", service.client_name,
           operation.cpp_name, input.empty ? "" : ", const " + input.cpp_name + "& body");
  out.line("  context_->signal_workflow(name_space_, workflow_id, {}, {});",
           cpp_literal(operation.name), input.empty ? "::perdure::payload{}" : "body");
  out.line("}}");
}

void print_call(const service_model& service, const operation_model& operation, text_writer& out) {
  const auto& input = operation.input;
  const auto output = operation.output.empty ? "void" : operation.output.cpp_name;
  out.blank();
  out.line("::perdure::pending<{}> {}::{}(", output, service.client_name, operation.cpp_name);
  out.line("    {}::perdure::call_options options) {{",
           input.empty ? "" : "const " + input.cpp_name + "& request, ");
  out.indent();
  if (!operation.id_template.empty()) {
    const auto id = cpp_literal(operation.id_template);
    out.line("if (options.workflow_id.empty()) {{");
    out.line("  options.workflow_id = ::perdure::workflow_id_from({}, {});", id,
             input.empty ? "::google::protobuf::Empty()" : "request");
    out.line("}}");
  }
  out.line("return context_->call<{}>({{name_space_, agent_, {}}}, {},", output,
           cpp_literal(operation.name), input.empty ? "::perdure::payload{}" : "request");
  out.line("    std::move(options));");
  out.outdent();
  out.line("}}");
}

void print_service(const service_model& service, text_writer& out) {
  print_description(service, out);
  for (const auto& form : dispatch_forms) print_dispatch(service, form, out);
  for (const auto& operation : service.operations) {
    if (operation.kind == operation_kind::signal) {
      print_signal_sender(service, operation, out);
    } else if (operation.kind != operation_kind::query) {
      print_call(service, operation, out);
    }
  }
}

}  // namespace

std::string print_source(const file_model& file) {
  text_writer out;
  out.line("// Generated by protoc-gen-perdure from {}: do not edit.", file.path);
  out.line("#include \"{}.perdure.hpp\"", file.stem);
  if (file.services.empty()) return out.take();
  out.blank();
  out.line("#include \"runtime/author/generated_code.hpp\"");
  out.blank();
  out.line("namespace {} {{", file.cpp_space);
  for (const auto& service : file.services) print_service(service, out);
  out.blank();
  out.line("}}  // namespace {}", file.cpp_space);
  return out.take();
}

}  // namespace perdure::plugin
