#include "examples/licence_audit/copyright_file.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "examples/licence_audit/characters.hpp"
#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

using audit::v1::Problem;

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_licence_name(std::string_view name) {
  return same_name(name, "License") || same_name(name, "Licence");
}

/// "License: GPL-2+" is {License, GPL-2+}; an empty name: the line starts no field.
struct name_and_value {
  std::string_view name;
  std::string_view value;
};
name_and_value split_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const auto name = line.substr(0, colon);
  const bool plain =
      std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-' || c == '_'; });
  const auto rest = line.substr(colon + 1);
  if (!plain || name.front() == '-' || rest.starts_with("//")) return {};
  return {name, trimmed(rest)};
}

bool is_known_field(std::string_view name) {
  static constexpr auto known = std::to_array<std::string_view>(
      {"Format", "Format-Specification", "Upstream-Name", "Upstream-Contact", "Source",
       "Disclaimer", "Comment", "License", "Licence", "Copyright", "Files", "Files-Excluded"});
  return std::ranges::any_of(known, [name](auto k) { return same_name(k, name); });
}

bool names_the_format(std::string_view value) {
  return value.contains("copyright-format") || value.contains("dep5") || value.contains("DEP5");
}

/// Takes the text line by line and closes a stanza at each empty line.
class reader {
 public:
  copyright_file read(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      ++line_;
      take(text.substr(at, end - at));
      at = end + 1;
    }
    close();
    judge();
    return std::move(result_);
  }

 private:
  void note(Problem::Kind kind, std::size_t line, std::string detail) {
    result_.problems.push_back(make_problem(kind, line, std::move(detail)));
  }

  void take(std::string_view line) {
    const auto content = trimmed(line);
    if (content.empty()) return close();
    if (line.front() == ' ' || line.front() == '\t') return take_indented(line, content);
    const auto [name, value] = split_field(line);
    if (!name.empty() && (is_known_field(name) || !unindented_)) return start_field(name, value);
    if (current_.fields.empty()) return take_prose(line);
    if (!std::exchange(unindented_, true)) {
      note(Problem::NOT_INDENTED, line_,
           fmt::format("the text of {} is not indented", current_.fields.back().name));
    }
    append(line);
  }

  void take_indented(std::string_view line, std::string_view content) {
    if (current_.fields.empty() && !reopen()) return take_prose(line);
    append(content == "." ? std::string_view{} : line.substr(1));
  }

  /// An indented paragraph right after a stanza goes on with its last text.
  bool reopen() {
    if (last_ == nullptr || last_->empty()) return false;
    current_ = std::move(last_->back());
    last_->pop_back();
    last_ = nullptr;
    note(Problem::NOT_INDENTED, line_,
         fmt::format("an empty line within the text of {}, which should be \" .\"",
                     current_.fields.back().name));
    append({});
    return true;
  }

  void append(std::string_view line) {
    auto& text = current_.fields.back().text;
    text.append(line);
    text.push_back('\n');
  }

  void take_prose(std::string_view line) {
    if (result_.prose.empty()) result_.prose_line = line_;
    // Keeps the distance in lines, so that places in the prose are places in the file.
    const auto next = result_.prose_line + lines_in_prose_;
    result_.prose.append(line_ - next, '\n');
    lines_in_prose_ += line_ - next + 1;
    result_.prose.append(line);
    result_.prose.push_back('\n');
    last_ = nullptr;
  }

  void start_field(std::string_view name, std::string_view value) {
    const bool starts_stanza = same_name(name, "Files") || is_licence_name(name);
    if (const auto* before = current_.find(name); before != nullptr) {
      note(Problem::DUPLICATE_FIELD, line_,
           fmt::format("{} was already given on line {}{}", name, before->line,
                       starts_stanza ? ": an empty line is missing" : ""));
      if (starts_stanza) close();
    } else if (same_name(name, "Files") && current_.find("License") != nullptr &&
               current_.find("Format") == nullptr) {
      note(Problem::DUPLICATE_FIELD, line_, "an empty line is missing before Files");
      close();
    }
    if (current_.fields.empty()) current_.line = line_;
    unindented_ = false;
    current_.fields.push_back({std::string(name), std::string(value), {}, line_});
  }

  /// Files the current stanza by what it has.
  void close() {
    unindented_ = false;
    if (current_.fields.empty()) return;
    auto done = std::exchange(current_, {});
    last_ = nullptr;
    if (done.find("Format") != nullptr || done.find("Format-Specification") != nullptr) {
      if (result_.header) {
        return note(Problem::DUPLICATE_FIELD, done.line, "a second header");
      }
      result_.header = std::move(done);
    } else if (done.find("Files") != nullptr) {
      keep(result_.files, std::move(done));
    } else if (done.find("License") != nullptr && done.find("Copyright") != nullptr) {
      note(Problem::MISSING_FIELD, done.line, "Copyright and License without Files");
      keep(result_.files, std::move(done));
    } else if (done.find("License") != nullptr) {
      keep(result_.licences, std::move(done));
    } else if (!result_.header && result_.files.empty() && result_.licences.empty()) {
      result_.header = std::move(done);
    } else {
      keep(others_, std::move(done));
    }
  }

  void keep(std::vector<stanza>& list, stanza done) {
    list.push_back(std::move(done));
    last_ = &list;
  }

  void judge() {
    const auto* format = result_.header ? result_.header->find("Format") : nullptr;
    if (format == nullptr && result_.header) format = result_.header->find("Format-Specification");
    if (format == nullptr) {
      note(Problem::NO_FORMAT, result_.header ? result_.header->line : 0,
           "there is no header with the field Format");
    } else if (!format->value.contains("/copyright-format/1.0")) {
      note(Problem::UNKNOWN_FORMAT, format->line, fmt::format("Format is {:.100}", format->value));
    }
    for (const auto& files : result_.files) {
      for (std::string_view needed : {"Copyright", "License"}) {
        if (files.find(needed) == nullptr) {
          note(Problem::MISSING_FIELD, files.line, fmt::format("Files without {}", needed));
        }
      }
    }
    if (!result_.prose.empty()) {
      note(Problem::STRAY_TEXT, result_.prose_line,
           fmt::format("{} lines belong to no field",
                       std::ranges::count(result_.prose, '\n') -
                           static_cast<std::ptrdiff_t>(empty_lines_in_prose())));
    }
  }

  std::size_t empty_lines_in_prose() const {
    std::size_t count = 0;
    for (std::size_t at = result_.prose.find("\n\n"); at != std::string::npos;
         at = result_.prose.find("\n\n", at + 1)) {
      ++count;
    }
    return count;
  }

  copyright_file result_;
  stanza current_;
  std::vector<stanza> others_;
  std::vector<stanza>* last_ = nullptr;  ///< where the stanza before went, if it may be reopened
  bool unindented_ = false;
  std::size_t line_ = 0;
  std::size_t lines_in_prose_ = 0;
};

}  // namespace

const field* stanza::find(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [name](const field& f) {
    return same_name(f.name, name) || (is_licence_name(name) && is_licence_name(f.name));
  });
  return found == fields.end() ? nullptr : &*found;
}

bool is_machine_readable(std::string_view text) {
  bool in_files = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    const auto [name, value] = split_field(line);
    if (name.starts_with("Format") && names_the_format(value)) return true;
    if (same_name(name, "Files")) in_files = true;
    if (in_files && is_licence_name(name)) return true;
    if (trimmed(line).empty()) in_files = false;
    at = end + 1;
  }
  return false;
}

copyright_file parse_copyright_file(std::string_view text) { return reader().read(text); }

}  // namespace licence_audit
