#include <google/protobuf/compiler/plugin.h>

#include "proto/plugin/generator.hpp"

int main(int argc, char** argv) {
  const perdure::plugin::generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
