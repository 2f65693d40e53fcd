#include "tests/kafka_kill/cell_clients.hpp"

#include "tests/kill/parked_runs.hpp"

namespace perdure::testing {
namespace {

constexpr auto pause = std::chrono::milliseconds(10);  // before a request is sent again

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

cell_clients::cell_clients(std::function<api_client()> connect, std::uint64_t seed, int clients)
    : connect_(std::move(connect)), book_(seed), clients_(clients) {
  for (int i = 0; i < clients; ++i)
    threads_.emplace_back([this, seed, i] { work(seed + static_cast<std::uint64_t>(i)); });
}

cell_clients::~cell_clients() {
  late_ = true;
  threads_.clear();
}

void cell_clients::problem(std::string text) {
  const std::lock_guard lock(mutex_);
  failed_ = true;
  if (problems_.size() < 50) problems_.push_back(std::move(text));
}

std::size_t cell_clients::seen() const {
  const std::lock_guard lock(mutex_);
  return operations_.size();
}

void cell_clients::finish(std::chrono::seconds limit) {
  book_.finish();
  {
    std::unique_lock lock(mutex_);
    all_ended_.wait_for(lock, limit, [this] { return ended_ == clients_; });
  }
  late_ = true;  // who still waits says for what
  threads_.clear();
}

void cell_clients::work(std::uint64_t seed) {
  worker self{connect_(), std::minstd_rand(static_cast<unsigned>(seed))};
  while (!gives_up()) {
    const auto command = book_.next();
    if (!command) break;
    if (self.chance() % 4 == 0) self.api.move_on();
    if (!begin_cell(self, command->of)) break;
    carry_out(self, *command);
    if (command->of.is_register() && self.chance() % 2 == 0) read(self, command->of);
  }
  const std::lock_guard lock(mutex_);
  if (++ended_ == clients_) all_ended_.notify_one();
}

api_answer cell_clients::insist(worker& by, const std::string& what,
                                const std::function<api_answer()>& ask) {
  const bool asks_again = by.chance() % 5 == 0;
  api_answer first;
  while (!gives_up()) {
    auto answer = ask();
    if (answer.is_ok() && !asks_again) return answer;
    if (answer.is_ok() && first.is_ok()) {
      ++repeated_;
      if (!answer.body.value("duplicate", false) || answer.text("run_id") != first.text("run_id"))
        problem(fmt::format("{} was answered with {}, and again with {}", what, first.body.dump(),
                            answer.body.dump()));
      return answer;
    }
    if (answer.is_ok()) {
      first = std::move(answer);
      by.api.move_on();
      continue;
    }
    if (!answer.must_be_repeated()) {
      problem(fmt::format("{}: {}", what, answer.error()));
      return answer;
    }
    std::this_thread::sleep_for(pause);
  }
  problem(what + " got no answer");
  return {};
}

/// All that begin a cell get the same run: the first by its start, the others by the id policy.
bool cell_clients::begin_cell(worker& by, const cell& which) {
  if (!by.begun.insert(which.id).second) return true;
  const auto key = fmt::format("start {} {}", which.id, by.chance());
  const auto answer = insist(by, key, [&] {
    return by.api.attach("team", which.operation, which.id, which.input(), key);
  });
  if (!answer.is_ok()) return false;
  const auto run = answer.text("run_id");
  const auto known = [&] {
    const std::lock_guard lock(mutex_);
    return run_of_.try_emplace(which.id, run).first->second;
  }();
  if (known != run) problem(fmt::format("{} is run {} and run {}", which.id, known, run));
  return known == run;
}

void cell_clients::carry_out(worker& by, const cell_command& what) {
  operation seen{what.of.id, what.text, {}, now_us(), {}};
  const auto way = by.chance() % 3;
  if (way == 0 && what.of.is_register()) {
    if (tell(by, what)) seen.returned = now_us();
  } else if (std::string output; ask(by, what, way == 1, output)) {
    seen.returned = now_us();
    seen.output = std::move(output);
  }
  keep(&what, std::move(seen));
}

void cell_clients::keep(const cell_command* command, operation seen) {
  const std::lock_guard lock(mutex_);
  if (command != nullptr) by_ticket_[command->of.id].emplace(command->ticket, operations_.size());
  operations_.push_back(std::move(seen));
}

/// A signal, which is acknowledged when it is in the log.
bool cell_clients::tell(worker& by, const cell_command& what) {
  const auto key = "signal " + what.id();
  const auto text = fmt::format("{} - {}", what.ticket, what.text);
  return insist(by, key, [&] { return by.api.signal("team", what.of.id, "do", text, key); })
      .is_ok();
}

/// A run that sends the signal and is told what became of it, or one that calls such a run.
bool cell_clients::ask(worker& by, const cell_command& what, bool by_call, std::string& output) {
  const std::string space = by_call ? "team" : "legal";
  const auto id = what.id(), key = "start " + id;
  const auto text = fmt::format("{} {} {} {}", id, what.of.id, what.ticket, what.text);
  const auto started = insist(
      by, key, [&] { return by.api.start(space, by_call ? "relay" : "asker", id, text, key); });
  return started.is_ok() && await(by, space, id, output);
}

bool cell_clients::await(worker& by, const std::string& space, const std::string& id,
                         std::string& output) {
  while (!gives_up()) {
    const auto answer = by.api.result(space, id, "1s");
    const auto status = answer.text("status");
    if (answer.is_ok() && status == "completed") {
      output = answer.text("output");
      return true;
    }
    if (answer.is_ok() && (status == "open" || status == "parked")) {
      resume_parked(by.api, [this](std::string text) { problem(std::move(text)); });
    } else if (!answer.must_be_repeated()) {
      problem(fmt::format("{}, whose start was acknowledged: {}", id,
                          answer.is_ok() ? answer.body.dump() : answer.error()));
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
  if (late_) problem(fmt::format("{} is stuck: {}", id, by.api.describe(space, id).body.dump()));
  return false;
}

/// A query, which changes nothing: one that got no answer need not be asked again.
void cell_clients::read(worker& by, const cell& which) {
  for (int i = 0; i < 4; ++i) {
    operation seen{which.id, "get 0", {}, now_us(), {}};
    const auto answer = by.api.query("team", which.id, "shown");
    if (answer.is_ok()) {
      seen.output = answer.text("output");
      seen.returned = now_us();
      ++reads_;
      return keep(nullptr, std::move(seen));
    }
    if (answer.status == 409) return;  // it has closed, or is parked
    if (!answer.must_be_repeated())
      return problem(fmt::format("a query to {}: {}", which.id, answer.error()));
  }
}

}  // namespace perdure::testing
