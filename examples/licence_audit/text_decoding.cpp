#include "examples/licence_audit/text_decoding.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace licence_audit {
namespace {

using audit::v1::Problem;

constexpr std::size_t longest_line = 10'000;

unsigned char byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Length of the UTF-8 sequence at `at`, 0 if there is none (too long forms and surrogates are
/// none).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto lead = byte(text, at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  std::uint32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text, at + i) & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte(text, at + i) & 0x3FU);
  }
  const bool too_long = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool forbidden = (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF;
  return too_long || forbidden ? 0 : length;
}

/// NULs, or more than one control character in a hundred: no text.
bool looks_binary(std::string_view bytes) {
  if (bytes.contains('\0')) return true;
  const auto controls = std::ranges::count_if(bytes, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
  });
  return static_cast<std::size_t>(controls) * 100 > bytes.size();
}

decoded_text no_text(Problem::Kind kind, std::string detail) {
  decoded_text result{.is_text = false, .text = {}, .problems = {}};
  result.problems.push_back(make_problem(kind, 0, std::move(detail)));
  return result;
}

void note_long_lines(decoded_text& decoded) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < decoded.text.size(); ++line) {
    const auto end = std::min(decoded.text.find('\n', at), decoded.text.size());
    if (end - at > longest_line) {
      decoded.problems.push_back(
          make_problem(Problem::LONG_LINE, line, fmt::format("the line has {} bytes", end - at)));
      return;
    }
    at = end + 1;
  }
}

}  // namespace

Problem make_problem(Problem::Kind kind, std::size_t line, std::string detail) {
  Problem problem;
  problem.set_kind(kind);
  problem.set_line(static_cast<std::uint32_t>(line));
  problem.set_detail(std::move(detail));
  return problem;
}

decoded_text decode_text(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return no_text(Problem::BINARY, "UTF-16 is not read");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.find_first_not_of(" \t\r\n\f") == std::string_view::npos) {
    return no_text(Problem::EMPTY, "the file says nothing");
  }
  if (looks_binary(bytes)) return no_text(Problem::BINARY, "the file is no text");
  decoded_text result;
  result.text.reserve(bytes.size());
  std::size_t line = 1;
  std::size_t first_bad_line = 0;
  std::size_t bad = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes[at] == '\r' && (at + 1 == bytes.size() || bytes[at + 1] == '\n')) {
      ++at;
      continue;
    }
    if (const auto length = sequence_length(bytes, at); length > 0) {
      line += bytes[at] == '\n' ? 1 : 0;
      result.text.append(bytes.substr(at, length));
      at += length;
      continue;
    }
    if (bad++ == 0) first_bad_line = line;
    const auto value = byte(bytes, at++);
    result.text.push_back(static_cast<char>(0xC0 | (value >> 6)));
    result.text.push_back(static_cast<char>(0x80 | (value & 0x3F)));
  }
  if (bad > 0) {
    result.problems.push_back(
        make_problem(Problem::BAD_ENCODING, first_bad_line,
                     fmt::format("{} bytes are no UTF-8, read as Latin-1", bad)));
  }
  note_long_lines(result);
  return result;
}

}  // namespace licence_audit
