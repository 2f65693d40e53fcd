#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::runtime::traces {

/// A trace asks for something that the player does not understand.
struct bad_trace : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A command of a trace, split at blanks: words in order, `name=value` pairs in any.
class words {
 public:
  explicit words(std::string_view line);

  /// The n-th word that is no pair; an empty one if there are not so many.
  std::string at(std::size_t index) const;
  /// The value of that pair, once. Asking marks it as understood.
  std::optional<std::string> value(std::string_view name);
  std::string value(std::string_view name, std::string otherwise);
  std::uint64_t number(std::string_view name, std::uint64_t otherwise);
  /// All values of pairs of that name, in order.
  std::vector<std::string> values(std::string_view name);
  /// A word without value; marks it as understood.
  bool has(std::string_view word);
  /// Throws bad_trace if something was not understood. `positions`: how many leading words were.
  void finish(std::size_t positions) const;

 private:
  struct word {
    std::string name, value;
    bool is_pair = false, used = false;
  };
  std::vector<word> words_;
  std::string line_;
};

std::vector<std::string> split(std::string_view text, char at);
std::uint64_t to_number(std::string_view text);
/// "5s", "250ms", "7us".
std::int64_t to_us(std::string_view text);
/// "3", or "7.2" for the run that command 2 of the turn at 7 called.
run_key to_run(std::string_view text);

}  // namespace perdure::runtime::traces
