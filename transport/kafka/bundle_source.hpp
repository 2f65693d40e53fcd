#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/read_bundle.hpp"

namespace perdure::transport {

/// Where bundles are asked for that were read before, and where partitions begin and end: brokers,
/// or what stands for them. Blocks, always with an end. Any thread.
class bundle_source {
 public:
  virtual ~bundle_source() = default;

  /// Takes a bundle; false: it has enough.
  using bundle_function = std::function<bool(read_bundle)>;

  /// The bundles at exactly these places, which rise. Errors: corrupt if one is not there or cannot
  /// be read, `unavailable` if no broker answers for `patience`.
  virtual runtime::expected<void> fetch(const kafka_partition& from,
                                        std::span<const std::int64_t> places,
                                        runtime::duration patience,
                                        const bundle_function& take) = 0;

  /// The bundles from `first` on up to `last`, until `take` has enough. Errors as above.
  virtual runtime::expected<void> fetch_on(const kafka_partition& from, std::int64_t first,
                                           std::int64_t last, runtime::duration patience,
                                           const bundle_function& take) = 0;

  /// A partition's first place, and that behind its last.
  struct ends {
    std::int64_t first = 0;
    std::int64_t end = 0;
  };
  /// Error `not_found`: the brokers say that it is not there; `unavailable`: none answers.
  virtual runtime::expected<ends> ends_of(const kafka_partition& of,
                                          runtime::duration patience) = 0;
};

}  // namespace perdure::transport
