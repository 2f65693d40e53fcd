#pragma once

#include <google/protobuf/descriptor.h>

#include "proto/plugin/model.hpp"
#include "proto/plugin/problems.hpp"

namespace perdure::plugin {

/// Chooses the C++ names and reads the options of a file's services. What no agent can be is added
/// to `found`; the model is then not to be printed.
file_model build_model(const google::protobuf::FileDescriptor& file, problems& found);

}  // namespace perdure::plugin
