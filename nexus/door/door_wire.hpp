#pragma once

#include "perdure/door/v1/door.pb.h"

namespace perdure::nexus {

/// What deliveries and receipts are on the wire (docs/formats/door.md).
namespace door_wire = ::perdure::door::v1;

}  // namespace perdure::nexus
