#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

#include "deploy/cli/command_line.hpp"
#include "transport/system_clock.hpp"

namespace {

/// Columns of the terminal; 0 if the output is none.
std::size_t terminal_width() {
  if (::isatty(STDOUT_FILENO) == 0) return 0;
  struct winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away ends the output, not the program with a signal.
  std::signal(SIGPIPE, SIG_IGN);
  const perdure::transport::system_clock clock;
  const auto code = perdure::deploy::run_command_line(
      std::vector<std::string>(argv + 1, argv + argc),
      {.out = std::cout,
       .err = std::cerr,
       .in = std::cin,
       .width = terminal_width(),
       .clock = clock,
       .pause =
           [](perdure::runtime::duration time) {
             std::this_thread::sleep_for(std::chrono::microseconds(time.us));
           },
       .connect = perdure::deploy::connect_by_http});
  std::cout.flush();
  return static_cast<int>(std::cout.good() ? code : perdure::deploy::exit_code::failed);
}
