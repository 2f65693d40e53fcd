#pragma once

#include <string>
#include <string_view>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// What is worth keeping of a copyright file's bytes: the licences that it grants, the words of
/// those that have no well-known name, the prose, the problems. Never fails: a file that is no
/// text is an excerpt with a problem. At most 600 KiB of text, so that it fits into a journal.
audit::v1::Excerpt make_excerpt(std::string package, std::string_view bytes);

/// The excerpt of a file that could not be read.
audit::v1::Excerpt unreadable(std::string package, audit::v1::Problem problem);

}  // namespace licence_audit
