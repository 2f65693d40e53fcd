#pragma once

#include <string>
#include <string_view>

#include "runtime/decoded_record.hpp"
#include "runtime/membership/cluster_member.hpp"

namespace perdure::nexus {

/// Between whom a delivery goes, as the registry of the installation has them.
struct delivery_sides {
  std::string from;  ///< the namespace whose key has signed
  runtime::membership::cluster_namespace source;
  runtime::membership::cluster_namespace target;
};

/// Whether that record may stand in the target's log (docs/adr/0014-doors-between-processes.md):
/// what the target's `apply` cannot judge, since it believes its log. Numbers, permission and
/// limits are left to it. Errors: invalid_argument, unsupported_format, corrupt; denied, for what
/// is not the sender's to say.
runtime::expected<void> check_delivered(runtime::record_decoder& decoder,
                                        const delivery_sides& sides,
                                        runtime::partition_index target, std::string_view record);

}  // namespace perdure::nexus
