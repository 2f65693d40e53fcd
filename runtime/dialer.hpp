#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "runtime/error.hpp"

namespace perdure::runtime {

/// A socket, by the number that the system gave it. Whoever takes the number closes it; else it is
/// closed with this.
class open_socket {
 public:
  open_socket(int number, std::function<void(int)> close)
      : number_(number), close_(std::move(close)) {}
  ~open_socket() {
    if (number_ >= 0) close_(number_);
  }
  open_socket(const open_socket&) = delete;
  open_socket& operator=(const open_socket&) = delete;

  int take() { return std::exchange(number_, -1); }

 private:
  int number_;
  const std::function<void(int)> close_;
};

using shared_socket = std::shared_ptr<open_socket>;

/// Connects to where other nodes listen, on a thread of its own.
class dialer {
 public:
  virtual ~dialer() = default;
  /// `address` is host:port. Calls `done` once, unless it is stopped before. Any thread.
  virtual void dial(std::string address, std::function<void(expected<shared_socket>)> done) = 0;
};

}  // namespace perdure::runtime
