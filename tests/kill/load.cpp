#include "tests/kill/load.hpp"

#include <algorithm>

#include "tests/kill/parked_runs.hpp"

namespace perdure::testing {
namespace {

constexpr auto pause = std::chrono::milliseconds(10);  // before a request is sent again

}  // namespace

load::load(std::function<api_client()> connect, std::uint64_t seed, int workers)
    : connect_(std::move(connect)), source_(seed), workers_(workers) {
  for (int i = 0; i < workers; ++i)
    threads_.emplace_back([this, seed, i] { work(seed + static_cast<std::uint64_t>(i)); });
}

load::~load() {
  finishing_ = late_ = true;
  threads_.clear();
}

void load::problem(std::string text) {
  const std::lock_guard lock(mutex_);
  failed_ = true;
  if (problems_.size() < 50) problems_.push_back(std::move(text));
}

void load::finish(std::chrono::seconds limit) {
  finishing_ = true;
  const auto until = std::chrono::steady_clock::now() + limit;
  while (ended_ < workers_ && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  late_ = true;  // who still waits says for what
  threads_.clear();
}

void load::work(std::uint64_t seed) {
  auto client = connect_();
  std::minstd_rand chance(static_cast<unsigned>(seed));
  while (!finishing_ && !failed_) {
    auto jobs = [this] {
      const std::lock_guard lock(mutex_);
      return source_.next();
    }();
    run(client, jobs);
    if (chance() % 4 == 0) ask_again(client, chance);
  }
  ++ended_;
}

void load::run(api_client& client, std::vector<job>& jobs) {
  for (auto& each : jobs) {
    if (!start(client, each)) return;
  }
  for (const auto& each : jobs) {
    if (!send_signals(client, each)) return;
  }
  for (auto& each : jobs) {
    if (!await(client, each)) return;
    const std::lock_guard lock(mutex_);
    finished_.push_back(each);
  }
}

bool load::start(api_client& client, job& what) {
  while (!gives_up()) {
    const auto answer =
        client.start(what.name_space, what.operation(), what.id, what.input(), "start " + what.id);
    if (answer.is_ok()) {
      what.run_id = answer.text("run_id");
      return true;
    }
    if (!answer.must_be_repeated()) {
      problem(fmt::format("start of {}: {}", what.id, answer.error()));
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
  problem(fmt::format("start of {} got no answer", what.id));
  return false;
}

/// Asks until it is acknowledged.
bool load::insist(const std::string& what, const std::function<api_answer()>& ask) {
  while (!gives_up()) {
    const auto answer = ask();
    if (answer.is_ok()) return true;
    if (!answer.must_be_repeated()) {
      problem(fmt::format("{}: {}", what, answer.error()));
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
  return false;
}

/// A collector that no other run sends to gets its signals from here; who waits to be cancelled is.
bool load::send_signals(api_client& client, const job& what) {
  if (what.kind == job::sort::cancelled) {
    const auto key = "cancel " + what.id;
    return insist(key, [&] { return client.control(what.name_space, what.id, "cancel", key); });
  }
  if (what.kind != job::sort::collect) return true;
  return std::ranges::all_of(what.expects, [&](const std::string& item) {
    if (!item.starts_with(what.id + ":")) return true;
    const auto key = "signal " + item;
    return insist(key, [&] { return client.signal(what.name_space, what.id, "item", item, key); });
  });
}

bool load::await(api_client& client, job& what) {
  std::string last = "no answer";
  while (!gives_up()) {
    const auto answer = client.result(what.name_space, what.id, "1s");
    if (answer.is_ok()) {
      last = answer.text("status");
      if (last == "completed") {
        what.output = answer.text("output");
        return true;
      }
      if (last != "open" && last != "parked") {
        problem(fmt::format("{} is {}: {}", what.id, last, answer.body.dump()));
        return false;
      }
      resumed_ += resume_parked(client, [this](std::string text) { problem(std::move(text)); });
    } else if (!answer.must_be_repeated()) {
      problem(fmt::format("the acknowledged start of {} is lost: {}", what.id, answer.error()));
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
  if (late_)
    problem(fmt::format("{} is stuck, {}: {}", what.id, last,
                        client.describe(what.name_space, what.id).body.dump()));
  return false;
}

/// Now that nothing is killed any more: a node that is busy may still say that it cannot now.
api_answer load::read(const std::function<api_answer()>& ask) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  auto answer = ask();
  while (answer.must_be_repeated() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(pause);
    answer = ask();
  }
  return answer;
}

/// What was told once must be told again.
void load::ask_again(api_client& client, std::minstd_rand& chance) {
  job known;
  {
    const std::lock_guard lock(mutex_);
    if (finished_.empty()) return;
    known = finished_[chance() % finished_.size()];
  }
  const auto started = client.start(known.name_space, known.operation(), known.id, known.input(),
                                    "start " + known.id);
  if (started.is_ok() &&
      (!started.body.value("duplicate", false) || started.text("run_id") != known.run_id)) {
    problem(fmt::format("the start of {} was answered with run {}, and again with {}", known.id,
                        known.run_id, started.body.dump()));
  }
  compare_result(client, known);
}

void load::compare_result(api_client& client, const job& what) {
  const auto ask = [&] { return client.result(what.name_space, what.id, "0s"); };
  const auto answer = finishing_ ? read(ask) : ask();
  if (answer.must_be_repeated() && !finishing_) return;  // the node is down
  if (!answer.is_ok() || answer.text("status") != "completed" ||
      answer.text("output") != what.output) {
    problem(fmt::format("{} gave '{}', and now: {}", what.id, what.output,
                        answer.is_ok() ? answer.body.dump() : answer.error()));
  }
}

}  // namespace perdure::testing
