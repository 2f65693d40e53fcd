#pragma once

#include <cstddef>
#include <string>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// A licence seen in a text, and where.
struct recognised {
  std::string key;
  audit::v1::Confidence confidence = audit::v1::HIGH;
  std::size_t position = 0;  ///< in plain_words::text()

  bool operator==(const recognised&) const = default;
};

}  // namespace licence_audit
