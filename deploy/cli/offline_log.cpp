#include "deploy/cli/offline_log.hpp"

#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "deploy/option_value.hpp"

namespace perdure::deploy {

std::string log_directory_of(const std::string& given) {
  const auto below = std::filesystem::path(given) / "log";
  std::error_code ignored;
  return std::filesystem::exists(below / "identity", ignored) ? below.string() : given;
}

json to_json(const transport::log_findings& findings) {
  json result{{"incarnation", fmt::format("{:016x}", findings.incarnation.value)},
              {"segments", findings.segments},
              {"batches", findings.batches},
              {"records", findings.records},
              {"batch_bytes", findings.batch_bytes},
              {"first", findings.first.value},
              {"last", findings.last.value}};
  result["damage"] = findings.damage ? json(findings.damage->message) : json();
  result["cuts"] = json::array();
  for (const auto& cut : findings.cuts) {
    result["cuts"].push_back(
        {{"file", cut.path}, {"position", cut.position}, {"bytes", cut.bytes}, {"why", cut.why}});
  }
  result["notes"] = findings.notes;
  return result;
}

std::string in_words(const transport::log_findings& findings, const std::string& directory) {
  std::string out;
  auto line = std::back_inserter(out);
  fmt::format_to(line, "{}: log {:016x}\n", directory, findings.incarnation.value);
  fmt::format_to(line, "{} records in {} batches ({} bytes), {} segments\n", findings.records,
                 findings.batches, findings.batch_bytes, findings.segments);
  if (findings.records > 0) {
    fmt::format_to(line, "offsets {} to {}\n", findings.first.value, findings.last.value);
  }
  for (const auto& cut : findings.cuts) {
    fmt::format_to(line,
                   "{}: {} bytes at {} will be cut: the rest of a write that was never "
                   "acknowledged ({})\n",
                   cut.path, cut.bytes, cut.position, cut.why);
  }
  for (const auto& note : findings.notes) fmt::format_to(line, "note: {}\n", note);
  if (findings.damage) {
    fmt::format_to(line, "DAMAGED: {}\n", findings.damage->message);
  } else {
    out += "whole: everything acknowledged is there\n";
  }
  return out;
}

api_failure failure_of(const runtime::error& error) {
  const auto code = std::string(runtime::name(error.code));
  return {exit_code_of(code), code, error.message};
}

}  // namespace perdure::deploy
