#pragma once

#include <string>

#include "proto/plugin/model.hpp"

namespace perdure::plugin {

/// The text of foo.perdure.cpp: descriptions, dispatch and the clients' calls.
std::string print_source(const file_model& file);

}  // namespace perdure::plugin
