#pragma once

#include <string>

#include "proto/plugin/model.hpp"

namespace perdure::plugin {

/// The text of foo.perdure.hpp: of each service the handler base and the client.
std::string print_header(const file_model& file);

}  // namespace perdure::plugin
