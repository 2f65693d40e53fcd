#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "runtime/ids.hpp"

namespace perdure::transport {

/// Where a record stands in a partition on Kafka: Kafka's own offset of its bundle, from 0, and its
/// place in that, from 0.
struct bundle_place {
  std::int64_t bundle = 0;
  std::uint32_t index = 0;
  constexpr auto operator<=>(const bundle_place&) const = default;
};

inline constexpr unsigned bundle_index_bits = 16;
/// So many records go into one bundle at most.
inline constexpr std::uint32_t bundle_records = 1U << bundle_index_bits;
/// The last of Kafka's offsets that an offset of ours can name: 140 million million bundles.
inline constexpr std::int64_t last_bundle = (std::int64_t{1} << (63 - bundle_index_bits)) - 2;

/// (Kafka's offset + 1) * 2^16 + index: rises with the place, has gaps, is never 0, which means
/// none, and never negative where somebody reads it as signed. On disk, in other records: never
/// change. REQUIRES: 0 <= bundle <= last_bundle, index < bundle_records.
constexpr runtime::offset to_offset(bundle_place place) {
  return runtime::offset((static_cast<std::uint64_t>(place.bundle) + 1) << bundle_index_bits |
                         place.index);
}

/// The place that an offset names; of offsets below the first, which no record has, bundle -1.
constexpr bundle_place place_of(runtime::offset at) {
  return {static_cast<std::int64_t>(at.value >> bundle_index_bits) - 1,
          static_cast<std::uint32_t>(at.value & (bundle_records - 1))};
}

static_assert(to_offset({0, 0}) == runtime::offset(bundle_records));
static_assert(to_offset({0, bundle_records - 1}) < to_offset({1, 0}));
static_assert(to_offset({last_bundle, bundle_records - 1}).value ==
              static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
static_assert(place_of(to_offset({last_bundle, bundle_records - 1})) ==
              bundle_place{last_bundle, bundle_records - 1});
static_assert(place_of({}).bundle == -1);

}  // namespace perdure::transport
