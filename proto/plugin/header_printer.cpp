#include "proto/plugin/header_printer.hpp"

#include <algorithm>

#include "proto/plugin/cpp_names.hpp"
#include "proto/plugin/text_writer.hpp"

namespace perdure::plugin {
namespace {

std::string value_type(const message_model& message) {
  return message.empty ? "void" : message.cpp_name;
}

bool has(const service_model& service, operation_kind kind) {
  return std::ranges::any_of(service.operations,
                             [kind](const auto& operation) { return operation.kind == kind; });
}

/// What an author overrides, or the name of a signal.
void print_handler_member(const operation_model& operation, text_writer& out) {
  const auto& name = operation.cpp_name;
  const auto output = value_type(operation.output);
  const auto request = operation.input.empty ? "" : ", " + operation.input.cpp_name + " request";
  out.blank();
  out.comment(operation.comment);
  switch (operation.kind) {
    case operation_kind::workflow:
      out.line("virtual ::perdure::workflow<{}> {}(::perdure::context& context{}) = 0;", output,
               name, request);
      break;
    case operation_kind::function:
      out.line("virtual {} {}(::perdure::step_context& context{}) = 0;", output, name, request);
      break;
    case operation_kind::query:
      out.line("virtual {} {}(const ::perdure::query_context& context{}) const = 0;", output, name,
               request);
      break;
    case operation_kind::signal:
      out.line("static constexpr ::perdure::signal_name<{}> {}{{{}}};", value_type(operation.input),
               name, cpp_literal(operation.name));
      break;
  }
}

void print_dispatch(const service_model& service, text_writer& out) {
  out.blank();
  out.line("// How the host calls the functions above.");
  if (has(service, operation_kind::workflow)) {
    out.line("::perdure::workflow_body dispatch_workflow(");
    out.line("    std::string_view operation, ::perdure::context& context,");
    out.line("    const ::perdure::payload& input) override;");
  }
  if (has(service, operation_kind::query)) {
    out.line("::perdure::payload dispatch_query(");
    out.line("    std::string_view operation, const ::perdure::query_context& context,");
    out.line("    const ::perdure::payload& input) const override;");
  }
  if (has(service, operation_kind::function)) {
    out.line("::perdure::payload dispatch_function(");
    out.line("    std::string_view operation, ::perdure::step_context& context,");
    out.line("    const ::perdure::payload& input) override;");
  }
}

void print_handler(const service_model& service, text_writer& out) {
  out.blank();
  out.comment(service.comment);
  if (!service.comment.empty()) out.line("///");
  out.line("/// Agent \"{}\": derive from this class and register the derived one.",
           service.agent_name);
  if (has(service, operation_kind::workflow)) {
    out.line("/// Each run has an object of its own, whose members are the run's state.");
  }
  if (has(service, operation_kind::function)) {
    out.line("/// A plain function is called on a new object, by any thread.");
  }
  out.line("class {} : public ::perdure::agent_handler {{", service.cpp_name);
  out.line(" public:");
  out.indent();
  out.line("static constexpr std::string_view agent_name = {};", cpp_literal(service.agent_name));
  out.line("static ::perdure::runtime::agent_description description();");
  for (const auto& operation : service.operations) print_handler_member(operation, out);
  print_dispatch(service, out);
  out.outdent();
  out.line("}};");
}

void print_client_member(const operation_model& operation, text_writer& out) {
  const auto& input = operation.input;
  out.blank();
  out.comment(operation.comment);
  if (operation.kind == operation_kind::signal) {
    out.line("void {}(std::string_view workflow_id{});", operation.cpp_name,
             input.empty ? "" : ", const " + input.cpp_name + "& body");
    return;
  }
  if (!operation.id_template.empty()) {
    out.line("/// The workflow id, if `options` have none: \"{}\".", operation.id_template);
  }
  out.line("::perdure::pending<{}> {}({}::perdure::call_options options = {{}});",
           value_type(operation.output), operation.cpp_name,
           input.empty ? "" : "const " + input.cpp_name + "& request, ");
}

void print_client(const service_model& service, text_writer& out) {
  const auto& name = service.client_name;
  out.blank();
  out.line("/// Calls agent \"{}\" from a workflow, durably.", service.agent_name);
  out.line("class {} {{", name);
  out.line(" public:");
  out.indent();
  out.line("/// `name_space`: where the agent lives; empty: where the caller does. `agent`: under");
  out.line("/// which name it is registered there.");
  out.line("explicit {}(::perdure::context& context, std::string name_space = {{}},", name);
  out.line("    std::string agent = std::string({}::agent_name))", service.cpp_name);
  out.line(
      "    : context_(&context), name_space_(std::move(name_space)), agent_(std::move(agent)) "
      "{{}}");
  for (const auto& operation : service.operations) {
    if (operation.kind != operation_kind::query) print_client_member(operation, out);
  }
  out.outdent();
  out.blank();
  out.line(" private:");
  out.line("  ::perdure::context* context_;");
  out.line("  std::string name_space_;");
  out.line("  std::string agent_;");
  out.line("}};");
}

}  // namespace

std::string print_header(const file_model& file) {
  text_writer out;
  out.line("// Generated by protoc-gen-perdure from {}: do not edit.", file.path);
  out.line("#pragma once");
  out.blank();
  out.line("#include \"{}.pb.h\"", file.stem);
  if (file.services.empty()) return out.take();
  out.line("#include \"runtime/author/agent_handler.hpp\"");
  out.blank();
  out.line("namespace {} {{", file.cpp_space);
  for (const auto& service : file.services) {
    print_handler(service, out);
    print_client(service, out);
  }
  out.blank();
  out.line("}}  // namespace {}", file.cpp_space);
  return out.take();
}

}  // namespace perdure::plugin
