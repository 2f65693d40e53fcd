#include "tests/sim/regress.hpp"

#include "runtime/routes.hpp"
#include "tests/world/script.hpp"

namespace perdure::sim {
namespace {

using testing::script_run;

inline constexpr step<std::string(std::string)> work{"regress.work"};
constexpr std::uint32_t partitions = 3;

/// Says what it does in one partition alone.
workflow<std::string> walk(context& ctx, script_run&, std::string input) {
  std::string all;
  for (int i = 0; i < 3; ++i) {
    all += co_await ctx.step(work, fmt::format("{}{}", input, i));
    co_await ctx.sleep(std::chrono::milliseconds(700));
  }
  co_return all;
}

/// Runs in all partitions. Of one of them the log loses what it had acknowledged: another leader
/// takes over who had read less, or the topic is made anew. Each node that had read what is lost
/// stops that partition by name, soon, and writes nothing to it from then on; clients hear why;
/// the other partitions go on; who begins later folds what is there.
class regress final : public workload {
 public:
  explicit regress(testing::dice& chance)
      : runs_(4 + chance.below(12)),
        unlucky_(1 + static_cast<std::uint32_t>(chance.below(partitions))),
        loses_(chance.happens(.9)) {}

  void shape(cluster_options& how) override {
    how.embedded.reset();
    how.log.atomic = false;
    how.log.late = how.log.copied = 0;  // what lands when its writer has stopped long ago
    how.nodes = std::max(how.nodes, 2U);
    how.node.want = actors::partition_want::no;
    if (!how.brokers) how.brokers = broker_manners{};
    how.brokers->watched = true;
    how.most_moves *= 2;
  }

  void offer(registry& to, std::uint32_t) override {
    testing::add_script(to, {{"walk", &walk}}, {.name = "regress.Agent", .build = {}});
    to.add_step(work, [](const std::string& in) { return "<" + in + ">"; });
  }

  void begin(cluster& on) override {
    cluster_ = &on;
    auto& in = on.in();
    for (std::size_t i = 0; i < runs_; ++i) {
      in.in(runtime::milliseconds(in.load.between(0, 15'000)), nullptr, [this, i] { start(i); });
    }
    if (!loses_) return;
    in.in(runtime::milliseconds(in.load.between(1'000, 12'000)), nullptr,
          [this] { cluster_->lose_end_of(runtime::partition_index(unlucky_)); });
  }

  bool over() const override { return ended_ == runs_ && is_late(); }

  void check() const override {
    for (const auto& [run, result] : results_) {
      if (result != fmt::format("<{0}0><{0}1><{0}2>", id_of(run)))
        throw violated(fmt::format("{} gave {}", id_of(run), result));
    }
  }

 private:
  static std::string id_of(std::size_t run) { return fmt::format("regress{}", run); }
  static std::uint32_t partition_of(std::size_t run) {
    return 1 + runtime::slot_of(id_of(run)).value % partitions;
  }
  /// What it waits for has had time to show.
  bool is_late() const { return cluster_->in().now().us > runtime::seconds(25).us; }

  /// Nobody but the operator can help, so nobody asks again.
  template <class T>
  static runtime::reply_to<T> giving_up(runtime::reply_to<T> reply) {
    return [reply = std::move(reply)](runtime::expected<T> answer) {
      if (!answer && answer.error().message.contains("the partition has stopped"))
        answer = runtime::fail(runtime::errc::failed_state, answer.error().message);
      reply(std::move(answer));
    };
  }

  /// True: this client's partition has lost something, and it hears so.
  bool is_lost(std::size_t run, const runtime::error& why) {
    const runtime::partition_index where(partition_of(run));
    if (!cluster_->has_lost(where))
      throw violated(fmt::format("{} hears: {}", id_of(run), why.message));
    const bool stopped = why.message.contains("the partition has stopped");
    if (stopped && !why.message.contains("log_regressed") && !why.message.contains("has no "))
      throw violated(fmt::format("{} hears nothing clear: {}", id_of(run), why.message));
    ++ended_;
    return true;
  }

  void start(std::size_t run) {
    cluster_->ask<runtime::start_reply>(
        "start of " + id_of(run),
        [run](runtime::client& through, auto reply) {
          runtime::start_request request;
          request.name_space = "team";
          request.agent = "regress.Agent";
          request.operation = "walk";
          request.workflow_id = request.request_key = id_of(run);
          request.input = encode(id_of(run));
          through.start(std::move(request), giving_up<runtime::start_reply>(std::move(reply)));
        },
        [this, run](const auto& started) {
          if (!started) return static_cast<void>(is_lost(run, started.error()));
          await(run);
        });
  }

  void await(std::size_t run) {
    cluster_->ask<runtime::run_result>(
        "result of " + id_of(run),
        [run](runtime::client& through, auto reply) {
          through.result({"team", id_of(run), {}}, longest_poll,
                         giving_up<runtime::run_result>(std::move(reply)));
        },
        [this, run](const auto& result) {
          if (!result) return static_cast<void>(is_lost(run, result.error()));
          if (!runtime::is_closed(result->status)) {
            // Its owner may be one who has stopped, and nobody knows.
            if (cluster_->has_lost(runtime::partition_index(partition_of(run)))) {
              ++ended_;
              return;
            }
            return await(run);
          }
          if (result->status != runtime::run_status::completed)
            throw violated(fmt::format("{} is {}", id_of(run), runtime::name(result->status)));
          results_[run] = decode<std::string>(result->body);
          ++ended_;
        });
  }

  const std::size_t runs_;
  const std::uint32_t unlucky_;
  const bool loses_;
  cluster* cluster_ = nullptr;
  std::size_t ended_ = 0;
  std::map<std::size_t, std::string> results_;
};

}  // namespace

std::unique_ptr<workload> make_regress(testing::dice& chance) {
  return std::make_unique<regress>(chance);
}

}  // namespace perdure::sim
