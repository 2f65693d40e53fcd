#pragma once

#include <string>
#include <string_view>

#include "runtime/crc32c.hpp"
#include "transport/batch_format.hpp"
#include "transport/little_endian.hpp"

namespace perdure::transport {

/// Makes both checksums fit the bytes, as if a writer had written them there: what a test changes
/// gets beyond the checksums. REQUIRES: a header's bytes at least.
inline void sign_batch(std::string& batch, const batch_place& place) {
  char seed_bytes[24];
  store(seed_bytes, place.incarnation.value);
  store(seed_bytes + 8, place.ordinal);
  store(seed_bytes + 16, place.position);
  auto seed = runtime::crc32c({seed_bytes, sizeof seed_bytes});
  std::string_view view = batch;
  store(batch.data(), runtime::crc32c(view.substr(batch_header_bytes), seed));
  store(batch.data() + 28, runtime::crc32c(view.substr(0, 28), seed));
}

}  // namespace perdure::transport
