#pragma once

#include <fmt/format.h>

#include "runtime/author/run_core.hpp"

namespace perdure {

/// Lines for people, in fmt's notation. Silent in replay.
class logger {
 public:
  explicit logger(detail::run_core& core) : core_(core) {}

  template <class... A>
  void debug(fmt::format_string<A...> text, A&&... arguments) {
    write(runtime::log_line::level::debug, text, std::forward<A>(arguments)...);
  }
  template <class... A>
  void info(fmt::format_string<A...> text, A&&... arguments) {
    write(runtime::log_line::level::info, text, std::forward<A>(arguments)...);
  }
  template <class... A>
  void warning(fmt::format_string<A...> text, A&&... arguments) {
    write(runtime::log_line::level::warning, text, std::forward<A>(arguments)...);
  }
  template <class... A>
  void error(fmt::format_string<A...> text, A&&... arguments) {
    write(runtime::log_line::level::error, text, std::forward<A>(arguments)...);
  }

 private:
  template <class... A>
  void write(runtime::log_line::level severity, fmt::format_string<A...> text, A&&... arguments) {
    if (core_.wants_log()) {
      core_.log(severity, fmt::format(text, std::forward<A>(arguments)...));
    }
  }

  detail::run_core& core_;
};

}  // namespace perdure
