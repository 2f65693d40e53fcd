#include "tests/kill/child_process.hpp"

#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace perdure::testing {

child_process::~child_process() { kill(); }

void child_process::start(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment,
                          const std::string& output) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (auto& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a harness that dies leaves no node behind
    if (getppid() != parent) _exit(127);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execve(arguments[0], arguments.data(), pointers.data());
    _exit(127);
  }
  ::close(file);
  status_.reset();
}

void child_process::signal(int number) const {
  if (pid_ != 0) ::kill(pid_, number);
}

void child_process::kill() {
  signal(SIGKILL);
  wait();
}

std::optional<int> child_process::ended() {
  int status = 0;
  if (pid_ != 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = 0;
    status_ = status;
  }
  return status_;
}

int child_process::wait() {
  int status = 0;
  if (pid_ != 0 && waitpid(pid_, &status, 0) == pid_) {
    pid_ = 0;
    status_ = status;
  }
  return status_.value_or(0);
}

}  // namespace perdure::testing
