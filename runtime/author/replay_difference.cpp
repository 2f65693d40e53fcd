#include "runtime/author/replay_difference.hpp"

#include <algorithm>
#include <charconv>

namespace perdure::detail {
namespace {

using runtime::command_summary;

/// "3000000us" as people write it.
std::string readable_length(std::string_view text) {
  std::int64_t us = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), us);
  if (end.ec != std::errc{} || std::string_view(end.ptr, text.data() + text.size()) != "us") {
    return std::string(text);
  }
  struct unit {
    std::int64_t us;
    std::string_view name;
  };
  for (const auto& [size, name] :
       {unit{86'400'000'000, "d"}, unit{3'600'000'000, "h"}, unit{60'000'000, "min"},
        unit{1'000'000, "s"}, unit{1'000, "ms"}}) {
    if (us != 0 && us % size == 0) {
      return fmt::format("{} {}", us / size, name);
    }
  }
  return us % 1'000 == 0 ? fmt::format("{} s", us / 1'000'000) : fmt::format("{} us", us);
}

std::string what_differs(const command_summary& journal, const command_summary& code) {
  auto same_but_input = code;
  same_but_input.input = journal.input;
  if (same_but_input == journal) {
    return fmt::format(
        "{} is the same, but the code now gives it another input than the journal has",
        describe(code));
  }
  return fmt::format("the journal has {}, the code now asks for {}", describe(journal),
                     describe(code));
}

}  // namespace

std::string describe(const command_summary& command) {
  if (command.kind == "step") {
    return fmt::format("step `{}`", command.name);
  }
  if (command.kind == "timer") {
    return fmt::format("a timer of {}", readable_length(command.target));
  }
  if (command.kind == "call") {
    return fmt::format("a call of {} to {}", command.name, command.target);
  }
  if (command.kind == "cancel") {
    return fmt::format("a cancel of thing {}", command.target);
  }
  if (command.kind == "signal") {
    return fmt::format("signal `{}` to {}", command.name, command.target);
  }
  return fmt::format("{} `{}` {}", command.kind, command.name, command.target);
}

std::optional<std::string> describe_difference(runtime::turn_seq turn, std::size_t before,
                                               const std::vector<command_summary>& journal,
                                               const std::vector<command_summary>& code) {
  const auto shared = std::min(journal.size(), code.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (journal[i] != code[i]) {
      return fmt::format("event {} (turn {}): {}", before + i + 1, turn,
                         what_differs(journal[i], code[i]));
    }
  }
  if (journal.size() > shared) {
    return fmt::format("event {} (turn {}): the journal has {}, the code now asks for nothing more",
                       before + shared + 1, turn, describe(journal[shared]));
  }
  if (code.size() > shared) {
    return fmt::format(
        "event {} (turn {}): the journal has nothing more in this turn, the code now "
        "asks for {}",
        before + shared + 1, turn, describe(code[shared]));
  }
  return std::nullopt;
}

}  // namespace perdure::detail
