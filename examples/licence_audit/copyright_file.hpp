#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// A field of a stanza: "License: GPL-2+" and the indented lines below it.
struct field {
  std::string name;      ///< as written
  std::string value;     ///< what follows the colon on the first line, trimmed
  std::string text;      ///< the lines below, without their indentation of one; " ." is empty
  std::size_t line = 0;  ///< of the name
};

/// Fields up to the next empty line.
struct stanza {
  std::vector<field> fields;
  std::size_t line = 0;

  /// By name, whatever its case; nullptr: there is none.
  const field* find(std::string_view name) const;
};

/// A file in Debian's machine-readable copyright format 1.0 (DEP-5;
/// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/), as its author wrote it.
///
/// Hundreds of real files break the rules, and still a person understands them: text before the
/// header or between stanzas, texts that are not indented, empty lines within texts, missing
/// headers, a stanza that runs into the next. All that is read as meant and noted as a problem.
struct copyright_file {
  std::optional<stanza> header;              ///< the stanza with the field Format
  std::vector<stanza> files;                 ///< who may do what with which files
  std::vector<stanza> licences;              ///< the text behind a short name
  std::string prose;                         ///< what belongs to no field
  std::size_t prose_line = 0;                ///< where the prose starts
  std::vector<audit::v1::Problem> problems;  ///< in no order
};

/// Whether a text is meant to be machine-readable: it names the format, or has stanzas of files
/// with licences.
bool is_machine_readable(std::string_view text);

/// Reads any text; what cannot be understood becomes prose and a problem. `text` is valid UTF-8.
copyright_file parse_copyright_file(std::string_view text);

}  // namespace licence_audit
