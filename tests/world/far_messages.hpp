#pragma once

#include <string>

#include <google/protobuf/descriptor.pb.h>

namespace perdure {

/// Descriptors of a message that no test program has: far.v1.Order { string item = 1; int32 count =
/// 2; far.v1.Address to = 3; }, with the file that it imports.
inline google::protobuf::FileDescriptorSet far_files() {
  using google::protobuf::FieldDescriptorProto;
  google::protobuf::FileDescriptorSet set;
  const auto add_field = [](auto& message, const char* name, int number, auto type) -> auto& {
    auto& field = *message.add_field();
    field.set_name(name);
    field.set_number(number);
    field.set_type(type);
    field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
    return field;
  };
  auto& orders = *set.add_file();  // before what it imports: the order says nothing
  orders.set_name("far/v1/orders.proto");
  orders.set_package("far.v1");
  orders.set_syntax("proto3");
  orders.add_dependency("far/v1/addresses.proto");
  auto& order = *orders.add_message_type();
  order.set_name("Order");
  add_field(order, "item", 1, FieldDescriptorProto::TYPE_STRING);
  add_field(order, "count", 2, FieldDescriptorProto::TYPE_INT32);
  add_field(order, "to", 3, FieldDescriptorProto::TYPE_MESSAGE).set_type_name(".far.v1.Address");
  auto& addresses = *set.add_file();
  addresses.set_name("far/v1/addresses.proto");
  addresses.set_package("far.v1");
  addresses.set_syntax("proto3");
  auto& address = *addresses.add_message_type();
  address.set_name("Address");
  add_field(address, "town", 1, FieldDescriptorProto::TYPE_STRING);
  return set;
}

/// As bytes: Order {item: "lamp", count: 2, to {town: "Oslo"}}.
inline std::string far_order() { return "\x0A\x04lamp\x10\x02\x1A\x06\x0A\x04Oslo"; }

}  // namespace perdure
