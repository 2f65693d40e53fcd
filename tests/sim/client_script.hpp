#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/author/codec.hpp"
#include "tests/sim/cluster.hpp"

namespace perdure::sim {

/// What one client does, one thing after the other, as a coroutine. What it throws ends the world.
/// `clients` owns and begins it.
class [[nodiscard]] client_script {
 public:
  struct promise_type {
    client_script get_return_object() {
      return client_script(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() { throw; }
  };

  client_script(client_script&& other) noexcept
      : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  client_script& operator=(client_script&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~client_script() {
    if (coroutine_) coroutine_.destroy();
  }

  bool is_over() const { return coroutine_.done(); }
  std::coroutine_handle<> handle() const { return coroutine_; }

 private:
  explicit client_script(std::coroutine_handle<promise_type> of) : coroutine_(of) {}
  std::coroutine_handle<promise_type> coroutine_;
};

/// What a client_script awaits: an answer, some time.
template <class T>
class awaited {
 public:
  using done = std::function<void(T)>;
  explicit awaited(std::function<void(done)> begin) : begin_(std::move(begin)) {}

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> whose) {
    begin_([this, whose](T value) {
      value_ = std::move(value);
      whose.resume();
    });
  }
  T await_resume() { return *std::move(value_); }

 private:
  std::function<void(done)> begin_;
  std::optional<T> value_;
};

/// A start, with text as input.
struct order {
  std::string agent, operation, id, input;
  std::string key;  ///< empty: the id
  std::string name_space = "team";
  runtime::id_policy policy = runtime::id_policy::reject_running;
  runtime::duration delay = {}, timeout = {};
};

/// Clients that ask some node, and another when it does not answer. Lives longer than the cluster.
class clients {
 public:
  using reply = runtime::expected<runtime::start_reply>;
  using address = runtime::workflow_address;

  void enter(cluster& on) { on_ = &on; }
  cluster& on() const { return *on_; }
  testing::dice& chance() const { return on_->in().load; }
  /// Begins some time within `within`.
  void add(runtime::duration within, client_script what);
  bool are_done() const;

  awaited<reply> start(order what) const;
  awaited<reply> signal(address to, std::string name, std::string key, std::string text) const;
  awaited<reply> control(address to, runtime::control_verb verb, std::string key) const;
  awaited<runtime::expected<std::string>> query(address to, std::string name) const;
  awaited<runtime::expected<runtime::run_details>> describe(address of) const;
  awaited<runtime::expected<std::vector<runtime::history_event>>> history(address of) const;
  /// As it is when it has closed, however long that takes.
  awaited<runtime::expected<runtime::run_result>> end_of(address of) const;
  awaited<std::monostate> wait(runtime::duration least, runtime::duration most) const;

 private:
  using ended = std::function<void(runtime::expected<runtime::run_result>)>;
  static void await_end(cluster& on, const address& of, const ended& then);

  cluster* on_ = nullptr;
  std::vector<client_script> scripts_;
};

/// The value of a run. Throws violated unless it has completed.
std::string value_of(const runtime::expected<runtime::run_result>& end, std::string_view who);

/// The address of the newest run of that id.
inline runtime::workflow_address named(std::string id, std::string name_space = "team") {
  return {std::move(name_space), std::move(id), {}};
}

}  // namespace perdure::sim
