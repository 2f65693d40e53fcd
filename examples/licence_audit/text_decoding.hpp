#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// A file's bytes as text that all else can rely on: valid UTF-8, lines end in \n, no byte order
/// mark.
struct decoded_text {
  bool is_text = true;  ///< false: empty or binary, `text` is empty and a problem says why
  std::string text;
  std::vector<audit::v1::Problem> problems;
};

/// Bytes that are no UTF-8 are taken for Latin-1, in which old files are written, one by one: names
/// in a copyright notice may come out wrong, licences do not.
decoded_text decode_text(std::string_view bytes);

audit::v1::Problem make_problem(audit::v1::Problem::Kind kind, std::size_t line,
                                std::string detail);

}  // namespace licence_audit
