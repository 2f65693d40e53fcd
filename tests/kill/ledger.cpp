#include "tests/kill/ledger.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace perdure::testing {
namespace {

void check_order(const ledger_line& line, const ledger_line& before,
                 const std::vector<std::int64_t>& kills_us, std::vector<std::string>& problems) {
  if (line.attempt < before.attempt)
    problems.push_back(fmt::format("attempt {} of {} came after attempt {}", line.attempt,
                                   line.label, before.attempt));
  const auto kill = std::ranges::lower_bound(kills_us, before.time_us);
  if (kill == kills_us.end() || *kill > line.time_us)
    problems.push_back(fmt::format("{} was done again (attempts {} and {}) without a kill between",
                                   line.label, before.attempt, line.attempt));
}

}  // namespace

ledger ledger::read(const std::string& path) {
  ledger all;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    if (text.empty()) continue;
    std::istringstream in(text);
    ledger_line line;
    std::string dot, rest;
    if (!(in >> line.sort >> line.key >> line.attempt >> line.label >> line.nonce >> line.time_us >>
          dot) ||
        dot != "." || in >> rest) {
      all.cut_off_.push_back(text);
      continue;
    }
    if (!all.nonces_[line.label].insert(line.nonce).second)
      all.problems_.push_back(fmt::format("one effect is twice in the ledger: '{}'", text));
    all.lines_.push_back(std::move(line));
  }
  return all;
}

bool ledger::has_nonce(const std::string& label, const std::string& nonce) const {
  const auto found = nonces_.find(label);
  return found != nonces_.end() && found->second.contains(nonce);
}

std::vector<std::string> ledger::problems(const std::vector<std::int64_t>& kills_us,
                                          nodes writers) {
  auto problems = problems_;
  if (cut_off_.size() > kills_us.size())
    problems.push_back(
        fmt::format("{} lines of the ledger are not whole, one is '{}', after {} kills",
                    cut_off_.size(), cut_off_.front(), kills_us.size()));
  std::map<std::string, std::string> key_of, label_of;
  std::map<std::string, const ledger_line*> last;
  std::set<std::pair<std::string, std::uint32_t>> attempts;
  repeated_ = 0;
  for (const auto& line : lines_) {
    const auto& key = key_of.try_emplace(line.label, line.key).first->second;
    if (key != line.key)
      problems.push_back(fmt::format("step {} has two keys: {} and {}", line.label, key, line.key));
    const auto& label = label_of.try_emplace(line.key, line.label).first->second;
    if (label != line.label)
      problems.push_back(
          fmt::format("two steps have key {}: {} and {}", line.key, label, line.label));
    if (!attempts.emplace(line.key, line.attempt).second)
      problems.push_back(fmt::format("attempt {} of {} was made twice", line.attempt, line.label));
    const auto*& before = last[line.key];
    if (before != nullptr) {
      ++repeated_;
      if (line.sort == "payment")
        problems.push_back(fmt::format("payment {} was made twice: attempts {} and {}", line.label,
                                       before->attempt, line.attempt));
      if (writers == nodes::one) check_order(line, *before, kills_us, problems);
    }
    before = &line;
  }
  return problems;
}

}  // namespace perdure::testing
