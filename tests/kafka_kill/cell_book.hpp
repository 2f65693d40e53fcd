#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace perdure::testing {

/// A number that clients change, a run of "team": see tests/kill_node/cells.hpp.
struct cell {
  std::string id;         ///< also a register's or an account's
  std::string operation;  ///< "register" or "account"
  int commands = 40;      ///< so many it carries out, then it ends

  std::string input() const;
  bool is_register() const { return operation == "register"; }
};

/// One command that one client is to have a cell carry out.
struct cell_command {
  cell of;
  int ticket = 0;    ///< 1, 2, 3… for a cell
  std::string text;  ///< "add 3", "set 7", "get 0"

  std::string id() const;  ///< that no other command has
};

/// Gives out commands, of a few cells at a time, so that clients meet at each. Any thread.
class cell_book {
 public:
  explicit cell_book(std::uint64_t seed) : chance_(static_cast<unsigned>(seed)) {}

  /// None: it is finished.
  std::optional<cell_command> next();
  /// From now on it begins no cell, and only gives out what is left of those that there are.
  void finish();
  /// All that it has begun.
  std::vector<cell> cells() const;

 private:
  struct page {
    cell what;
    int given = 0;
  };
  void begin_cells();
  std::string draw_text();

  mutable std::mutex mutex_;
  std::minstd_rand chance_;
  bool finished_ = false;
  std::vector<page> open_;
  std::vector<cell> all_;
};

}  // namespace perdure::testing
