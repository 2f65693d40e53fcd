#pragma once

#include <string>

namespace perdure::deploy {

/// docs/configuration.md, printed from the declarations.
std::string configuration_document();

}  // namespace perdure::deploy
