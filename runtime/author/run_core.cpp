#include "runtime/author/run_core.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "runtime/author/limits.hpp"
#include "runtime/hex.hpp"

namespace perdure::detail {
namespace {

thread_local run_core* current = nullptr;

constexpr const char* misuse =
    "the context was used outside of its activation, or by another thread: only the workflow's own "
    "coroutines may use it";

}  // namespace

void throw_used_twice(const char* what) { throw std::logic_error(what); }

// Not inline: in a coroutine that is resumed by another thread, the address of a thread_local that
// was looked up before would be that of the first thread.
[[gnu::noinline]] run_core* current_run() { return current; }

run_core& running_core() {
  auto* running = current_run();
  if (running == nullptr) {
    throw std::logic_error(misuse);
  }
  return *running;
}

run_core::guard::guard(run_core& core) : before_(std::exchange(current, &core)) {}
run_core::guard::~guard() { current = before_; }

run_core::~run_core() {
  close();
  // The code may have put a pending where it outlives the run.
  for (auto& signal : awaited_signals_) {
    signal.core = nullptr;
  }
  for (auto number = things_.first(); number <= things_.last(); ++number.value) {
    if (auto* open = things_.find(number); open != nullptr) {
      open->core = nullptr;
    }
  }
}

void run_core::close() {
  closing_ = true;
  current_ = nullptr;
  while (!tasks_.empty()) {
    auto& youngest = tasks_.back();
    youngest.gives_to->core = nullptr;
    youngest.destroy();  // its end unlinks it
  }
}

bool run_core::may_ask() {
  if (closing_) {
    return false;
  }
  if (current_run() != this) {
    misused_.store(true, std::memory_order_relaxed);
    throw std::logic_error(misuse);
  }
  return true;
}

counted_ptr<scope> run_core::current_scope() const {
  return current_ == nullptr ? root_ : current_->in;
}

counted_ptr<scope> run_core::make_scope(scope::border kind) {
  may_ask();  // or throws
  return make_counted<scope>(current_scope(), kind);
}

counted_ptr<future> run_core::make_future(future::sort kind, std::string label) {
  auto made = make_counted<future>(kind, *this, std::move(label), current_scope());
  if (closing_) {
    made->core = nullptr;  // nobody will settle it
  }
  return made;
}

std::string run_core::limit_reached(std::initializer_list<std::string_view> names,
                                    std::size_t bytes, command_need need) const {
  for (const auto name : names) {
    if (name.size() > longest_id) {
      return fmt::format("a name of {} bytes is over the limit of {}", name.size(), longest_id);
    }
  }
  if (bytes > largest_payload) {
    return fmt::format("its input has {} bytes, over the limit of {}", bytes, largest_payload);
  }
  if (need == command_need::one && commands_.size() >= most_commands_in_turn) {
    return fmt::format("a turn has at most {} commands: await some of them before you ask for more",
                       most_commands_in_turn);
  }
  if (command_bytes_ + bytes > largest_turn) {
    return fmt::format(
        "the inputs of a turn's commands have at most {} bytes: await some of them before you ask "
        "for more",
        largest_turn);
  }
  return {};
}

bool run_core::is_refused(future& asked, std::initializer_list<std::string_view> names,
                          std::size_t bytes, command_need need) {
  if (const auto* cancelled = asked.asked_in->cancelled()) {
    asked.settle(cancelled->why());
    return true;
  }
  const auto reached = limit_reached(names, bytes, need);
  if (!reached.empty()) {
    asked.settle(failure(runtime::plain_failure(
        outcome::too_large, fmt::format("{}: {}", asked.describe(), reached), asked.describe())));
  }
  return !reached.empty();
}

timestamp run_core::due_after(time_span length) const {
  const auto us = std::clamp<std::int64_t>(length.count(), 0,
                                           std::numeric_limits<std::int64_t>::max() - now_.us);
  return {now_.us + us};
}

void run_core::open(const counted_ptr<future>& asked) { asked->number = things_.add(asked); }

counted_ptr<future> run_core::ask_step(std::string_view name, payload arguments,
                                       const step_options& how) {
  const bool allowed = may_ask();
  auto asked = make_future(future::sort::step, std::string(name));
  const auto bytes = arguments.size();
  if (!allowed || is_refused(*asked, {name}, bytes)) {
    return asked;
  }
  open(asked);
  command_bytes_ += bytes;
  commands_.emplace_back(runtime::run_step{asked->number, asked->label, std::move(arguments),
                                           how.mode, how.retry, how.attempt_timeout});
  return asked;
}

counted_ptr<future> run_core::ask_timer(timestamp due) {
  const bool allowed = may_ask();
  auto asked = make_future(future::sort::timer, {});
  if (!allowed || is_refused(*asked, {}, 0)) {
    return asked;
  }
  open(asked);
  commands_.emplace_back(runtime::start_timer{asked->number, std::max(due, now_)});
  return asked;
}

counted_ptr<future> run_core::ask_call(const call_target& whom, payload input, call_options how) {
  const bool allowed = may_ask();
  auto asked = make_future(future::sort::call, fmt::format("{}/{}", whom.agent, whom.operation));
  const auto bytes = input.size();
  if (!allowed ||
      is_refused(*asked, {whom.name_space, whom.agent, whom.operation, how.workflow_id}, bytes)) {
    return asked;
  }
  if (how.workflow_id.empty()) {
    const auto high = next_random();
    how.workflow_id = runtime::hex_of(high, next_random());
  }
  open(asked);
  command_bytes_ += bytes;
  commands_.emplace_back(runtime::call_agent{
      asked->number, std::string(own_if_empty(whom.name_space)), std::string(whom.agent),
      std::string(whom.operation), std::move(how.workflow_id), how.policy, how.on_close,
      to_duration(how.timeout), std::move(input)});
  return asked;
}

counted_ptr<future> run_core::ask_signal(std::string_view name, std::optional<time_span> timeout) {
  const bool allowed = may_ask();
  auto asked = make_counted<signal_future>(*this, std::string(name), current_scope());
  if (!allowed) {
    asked->core = nullptr;
    return asked;
  }
  if (is_refused(*asked, {name}, 0, command_need::none)) {
    return asked;
  }
  const auto came = std::find_if(unmatched_signals_.begin(), unmatched_signals_.end(),
                                 [&](const auto& signal) { return signal.name == name; });
  if (came != unmatched_signals_.end()) {
    asked->settle(outcome::ok, std::move(came->body));
    unmatched_signals_.erase(came);
    return asked;
  }
  if (timeout) {
    if (is_refused(*asked, {}, 0)) {
      return asked;
    }
    auto alarm = make_future(future::sort::timer, {});
    alarm->alarm_of = asked.get();
    open(alarm);
    asked->number = alarm->number;
    commands_.emplace_back(runtime::start_timer{alarm->number, due_after(*timeout)});
  }
  awaited_signals_.push_back(*asked);
  return asked;
}

void run_core::tell(std::string_view name_space, std::string_view workflow_id,
                    std::string_view name, payload body) {
  if (!may_ask()) {
    return;
  }
  const auto bytes = body.size();
  const auto reached = limit_reached({name_space, workflow_id, name}, bytes);
  if (!reached.empty()) {
    throw failure(runtime::plain_failure(
        outcome::too_large, fmt::format("signal `{}` to {}: {}", name, workflow_id, reached)));
  }
  command_bytes_ += bytes;
  commands_.emplace_back(runtime::send_signal{std::string(own_if_empty(name_space)),
                                              std::string(workflow_id), std::string(name),
                                              std::move(body)});
}

void run_core::spawn(coroutine_base& root) {
  if (!may_ask()) {
    root.gives_to->core = nullptr;
    root.handle.destroy();
    return;
  }
  root.core = this;
  tasks_.push_back(root);
  if (!root.in) {
    root.in = current_scope();
  }
  root.in = make_counted<scope>(std::move(root.in), scope::border::open);
  root.gives_to->runs_in = root.in;
  make_ready(root);
}

std::uint64_t run_core::next_random() {
  if (!may_ask()) {
    return 0;
  }
  const std::uint64_t place[] = {seq_.value, ++drawn_};
  const std::string_view bytes(reinterpret_cast<const char*>(place), sizeof place);
  return runtime::hash_bytes(bytes, run_.seed).value;
}

void run_core::log(runtime::log_line::level severity, std::string text) {
  if (log_lines_.size() >= most_log_lines_in_turn) {
    ++dropped_lines_;
    return;
  }
  if (text.size() > longest_log_line) {
    text.resize(longest_log_line);
  }
  log_lines_.push_back({severity, std::move(text)});
}

std::vector<runtime::log_line> run_core::take_log() {
  if (dropped_lines_ > 0) {
    log_lines_.push_back({runtime::log_line::level::warning,
                          fmt::format("{} more lines of this turn were dropped: it may have {}",
                                      dropped_lines_, most_log_lines_in_turn)});
  }
  return std::move(log_lines_);
}

void run_core::fail_activation(std::string_view where) noexcept {
  if (!broken_) {
    broken_ = breakage{runtime::park_reason::exception,
                       fmt::format("{}{}", where, runtime::to_text(describe_current_exception()))};
  }
}

}  // namespace perdure::detail
