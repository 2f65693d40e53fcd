#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace licence_audit {

/// What a name in a copyright file stands for.
struct named_licence {
  std::string key;  ///< SPDX's identifier; LicenseRef-public-domain for what SPDX has no name for
  /// False: the name only says that it resembles `key` ("BSD-3-clause-JANET"), which its text must
  /// confirm.
  bool exact = true;

  bool operator==(const named_licence&) const = default;
};

/// The licence behind a short name, in any of the spellings that Debian's files use: "GPL-2+",
/// "GPLv2+", "gpl-2.0-or-later" are all GPL-2.0-or-later. Nothing: not a well-known name.
std::optional<named_licence> licence_key(std::string_view short_name);

/// SPDX's identifier for an "Autoconf-exception", LicenseRef-<name>-exception if it has none.
std::string exception_key(std::string_view exception);

/// The key of a licence that has no well-known name: LicenseRef-<name>-<hash of its words>. The
/// hash keeps two licences apart that two packages both call "custom". Without words: the name
/// alone.
std::string unknown_key(std::string_view name, std::string_view plain_wording);

}  // namespace licence_audit
