#pragma once

#include <string>
#include <string_view>

namespace licence_audit {

/// Writes a file so that it is whole or not there, also after a power failure: beside its place,
/// synced, then moved into it. Makes the folders that are missing. Throws std::system_error with
/// the path.
void write_durably(const std::string& path, std::string_view bytes);

/// Throws std::system_error with the path.
std::string read_whole(const std::string& path);

}  // namespace licence_audit
