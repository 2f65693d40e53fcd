#pragma once

#include "licence_audit/audit.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace licence_audit {

/// Reads and judges one package. The words of a doubtful licence go to legal, which decides each
/// question once for all readers.
class reader : public audit::v1::reader {
 public:
  perdure::workflow<audit::v1::PackageFinding> read_package(
      perdure::context& ctx, audit::v1::ReadRequest request) override;
};

}  // namespace licence_audit
