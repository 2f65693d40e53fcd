#pragma once

#include <google/protobuf/descriptor.h>

#include "proto/plugin/model.hpp"
#include "proto/plugin/problems.hpp"

namespace perdure::plugin {

/// Whether the chosen C++ names clash: with each other, with the messages of the package, or with
/// what C++ forbids. Also judges agent names.
void check_names(const google::protobuf::FileDescriptor& file, const file_model& model,
                 problems& found);

}  // namespace perdure::plugin
