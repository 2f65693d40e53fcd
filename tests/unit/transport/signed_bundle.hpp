#pragma once

#include <string>
#include <string_view>

#include "runtime/crc32c.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {

/// Puts in the checksum that fits what the bundle says. REQUIRES: as long as a header.
inline void sign_bundle(std::string& bundle) {
  store(bundle.data(), runtime::crc32c(std::string_view(bundle).substr(4)));
}

}  // namespace perdure::transport
