#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/node_options.hpp"

namespace perdure::deploy {

/// Reads a configuration file (YAML) over `defaults`. Everything in it must be known and allowed:
/// each error says file, line, name, value and what would be right ("perdure.yaml:12:
/// log.segment_bytes:
/// \"3\" …"). At most 20 errors; a file over 1 MiB is one.
std::expected<node_options, std::vector<std::string>> parse_config(
    std::string_view yaml, const std::string& file_name, const node_options& defaults = {});

/// The same for a file on disk.
std::expected<node_options, std::vector<std::string>> read_config_file(
    const std::string& path, const node_options& defaults = {});

}  // namespace perdure::deploy
