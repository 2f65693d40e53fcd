#include "tests/kafka_node/call_load.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace perdure::testing {
namespace {

using runtime::errc;

constexpr std::chrono::seconds patience(60);

/// In which brokers get processors, too.
constexpr auto moment = std::chrono::milliseconds(50);

constexpr step<std::string(std::string)> work{"work_of_a_call"};

std::string id_of_call(const std::string& run, int number) {
  return fmt::format("call {} of {}", number, run);
}

std::string right_answer(const std::string& run) {
  std::string all;
  for (int i = 0; i < call_load::calls_of_a_run; ++i) all += "[" + id_of_call(run, i) + "]";
  return all;
}

workflow<std::string> calls_legal(context& ctx, script_run&, std::string run) {
  std::string all;
  for (int i = 0; i < call_load::calls_of_a_run; ++i) {
    const auto id = id_of_call(run, i);
    co_await ctx.sleep(moment);
    all += co_await call_script(ctx, "legal", "answers_a_call", id, {.workflow_id = id});
  }
  co_return all;
}

workflow<std::string> answers_a_call(context& ctx, script_run&, std::string input) {
  co_await ctx.sleep(moment);
  co_return co_await ctx.step(work, input);
}

bool is_to_be_asked_again(errc told) {
  return told == errc::outcome_unknown || told == errc::unavailable || told == errc::overloaded ||
         told == errc::timed_out;
}

/// How many runs each workflow id had, of which all have completed.
std::map<std::string, int> completed_runs(whole_node& node, const std::string& name_space) {
  std::map<std::string, int> runs;
  runtime::list_request page;
  page.limit = 1'000;
  do {
    const auto told = node.client(name_space).list(page);
    if (!told) {
      ADD_FAILURE() << told.error().message;
      break;
    }
    for (const auto& run : told->runs) {
      ++runs[run.workflow_id];
      if (run.status != runtime::run_status::completed)
        ADD_FAILURE() << run.workflow_id << " is " << name(run.status) << ", " << run.condition;
    }
    page.page = told->next_page;
  } while (!page.page.empty());
  return runs;
}

void expect_one_of_each(const std::map<std::string, int>& runs, const std::set<std::string>& ids,
                        const std::string& name_space) {
  for (const auto& id : ids) {
    const auto found = runs.find(id);
    EXPECT_EQ(found == runs.end() ? 0 : found->second, 1) << "runs of " << id << ", " << name_space;
  }
}

}  // namespace

void offer_calls(registry& to, std::map<std::string, script_code> others) {
  others.insert({{"calls_legal", &calls_legal}, {"answers_a_call", &answers_a_call}});
  add_script(to, others);
  to.add_step(work, [](const std::string& id) { return "[" + id + "]"; });
}

runtime::expected<runtime::start_reply> start_with_patience(blocking_client client,
                                                            runtime::start_request request) {
  if (request.request_key.empty()) request.request_key = request.workflow_id;
  while (true) {
    auto answer = client.start(request);
    if (answer || !is_to_be_asked_again(answer.error().code)) return answer;
  }
}

call_load::call_load(const std::vector<whole_node*>& through, int clients) {
  for (std::size_t node = 0; node < through.size(); ++node) {
    for (int i = 0; i < clients; ++i) {
      clients_.emplace_back(
          [this, &to = *through[node], name = fmt::format("run of client {}.{}", node, i)](
              const std::stop_token& stop) { go_on(stop, to, name); });
    }
  }
}

void call_load::go_on(const std::stop_token& stop, whole_node& through, const std::string& name) {
  for (int i = 0; !stop.stop_requested(); ++i) {
    const auto id = fmt::format("{}.{}", name, i);
    const auto started =
        start_with_patience(through.client(), through.client().request("calls_legal", id, id));
    if (!started) {
      ADD_FAILURE() << id << ": " << started.error().message;
      return;
    }
    EXPECT_EQ(through.client().end_of(id), right_answer(id));
    const std::scoped_lock lock(mutex_);
    ended_.insert(id);
    changed_.notify_all();
  }
}

void call_load::wait_for_more(std::size_t runs) {
  std::unique_lock lock(mutex_);
  const auto goal = ended_.size() + runs;
  if (!changed_.wait_for(lock, patience, [&] { return ended_.size() >= goal; })) {
    throw std::runtime_error(
        fmt::format("{} of {} runs have ended within a minute", ended_.size() + runs - goal, runs));
  }
}

void call_load::stop() {
  for (auto& client : clients_) client.request_stop();
  clients_.clear();
}

void call_load::judge(whole_node& team, whole_node& legal) const {
  const std::scoped_lock lock(mutex_);
  ASSERT_FALSE(ended_.empty()) << "it shows nothing";
  std::set<std::string> calls;
  for (const auto& run : ended_) {
    for (int i = 0; i < calls_of_a_run; ++i) calls.insert(id_of_call(run, i));
  }
  expect_one_of_each(completed_runs(team, "team"), ended_, "team");
  const auto called = completed_runs(legal, "legal");
  expect_one_of_each(called, calls, "legal");
  EXPECT_EQ(called.size(), calls.size()) << "calls that nobody made";
}

std::size_t call_load::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_.size();
}

}  // namespace perdure::testing
