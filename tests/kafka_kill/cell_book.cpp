#include "tests/kafka_kill/cell_book.hpp"

#include <fmt/format.h>

namespace perdure::testing {
namespace {

constexpr std::size_t cells_at_once = 3;

}  // namespace

std::string cell::input() const {
  return is_register() ? std::to_string(commands) : fmt::format("{} {}", commands, id);
}

std::string cell_command::id() const { return fmt::format("{}-{}", of.id, ticket); }

std::optional<cell_command> cell_book::next() {
  const std::lock_guard lock(mutex_);
  if (!finished_) begin_cells();
  if (open_.empty()) return {};
  const auto which = open_.begin() + static_cast<std::ptrdiff_t>(chance_() % open_.size());
  cell_command command{which->what, ++which->given, draw_text()};
  if (which->given == which->what.commands) open_.erase(which);
  return command;
}

void cell_book::begin_cells() {
  while (open_.size() < cells_at_once) {
    const auto* const operation = all_.size() % 3 == 2 ? "account" : "register";
    all_.push_back({fmt::format("{}-{}", operation, all_.size() + 1), operation});
    open_.push_back({all_.back()});
  }
}

std::string cell_book::draw_text() {
  const auto sort = chance_() % 4;
  if (sort == 0) return "get 0";
  return fmt::format("{} {}", sort == 1 ? "set" : "add", 1 + chance_() % 9);
}

void cell_book::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

std::vector<cell> cell_book::cells() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace perdure::testing
