#include <algorithm>

#include "actors/partition.hpp"
#include "runtime/journal.hpp"
#include "runtime/simulation.hpp"

namespace perdure::actors {
namespace {

constexpr runtime::duration pause_between_reads = runtime::milliseconds(100);

}  // namespace

/// What is read from the log aside, and what comes of it.
template <class T>
struct partition_actor::read_order {
  std::function<runtime::expected<T>()> what;
  std::function<void(partition_actor&, T)> then;
};

/// A log that cannot answer now (DESIGN 8: another process holds it) is asked again; any other
/// failure is damage, and stops the partition (DESIGN 5.6).
template <class T>
void partition_actor::read(std::shared_ptr<const read_order<T>> order) {
  services_.reads.submit([order = std::move(order), news = news_] {
    news->post([order, got = order->what()](partition_actor& self) mutable {
      if (self.stopped_) return;
      if (!got && !may_pass(got.error())) return self.stop_for(got.error());
      if (!got)
        return self.read_later(got.error(), [order](partition_actor& again) { again.read(order); });
      self.reads_fail_ = false;
      order->then(self, *std::move(got));
    });
  });
}

void partition_actor::read_later(const runtime::error& why,
                                 std::function<void(partition_actor&)> again) {
  REACHED("read-again");
  if (reads_again_.empty()) reads_not_before_ = services_.clock.monotonic() + pause_between_reads;
  reads_again_.push_back(std::move(again));
  if (std::exchange(reads_fail_, true)) return;
  services_.report(runtime::log_line::level::warning,
                   fmt::format("partition {} of namespace '{}' cannot read its log: {}; what needs "
                               "it waits, and it tries again every {} ms",
                               state_->number(), state_->name_space(), why.message,
                               pause_between_reads.us / 1'000));
}

void partition_actor::read_again() {
  if (reads_again_.empty() || services_.clock.monotonic() < reads_not_before_) return;
  for (const auto& again : std::exchange(reads_again_, {})) again(*this);
}

void partition_actor::load_owed(runtime::body_ref where) {
  read<runtime::payload>(std::make_shared<read_order<runtime::payload>>(
      [where, log = own_log()] { return runtime::load_body(log, where); },
      [where](partition_actor& self, const runtime::payload& body) {
        self.owner_.on_owed_body(where, body, self.now());
      }));
}

void partition_actor::order(runtime::activation_order what) {
  const bool loads = !what.journal.empty() ||
                     std::ranges::any_of(what.work.data, &runtime::data_item::missing) ||
                     BUGGIFY("load-nothing-first");
  if (!loads) return run_loaded(std::move(what));
  using loaded = std::shared_ptr<runtime::activation_order>;
  const auto load = loading_[what.run] = ++last_load_;
  read<loaded>(std::make_shared<read_order<loaded>>(
      [what = std::make_shared<runtime::activation_order>(std::move(what)),
       log = own_log()]() -> runtime::expected<loaded> {
        const auto missing = runtime::load_missing(log, what->work.data);
        if (!missing) return std::unexpected(missing.error());
        if (what->journal.empty()) return what;
        auto journal = runtime::load_journal(log, what->journal);
        if (!journal) return std::unexpected(journal.error());
        what->work.journal = *std::move(journal);
        return what;
      },
      [load](partition_actor& self, const loaded& order) {
        const auto waits = self.loading_.find(order->run);
        if (waits == self.loading_.end() || waits->second != load) {
          REACHED("load-overtaken");
          return;
        }
        self.loading_.erase(waits);
        self.run_loaded(std::move(*order));
      }));
}

void partition_actor::run_loaded(runtime::activation_order what) {
  const auto* run = state_->find(what.run);
  auto& frame = frames_[what.run];
  run_order order;
  order.alone = run != nullptr && runtime::in_quarantine(*run);
  if (!what.resident) {
    if (frame.actor) anon_send(frame.actor, drop_atom::value);
    frame.id = ++last_frame_;
    frame.actor = home_system().spawn<workflow_actor>(services_.host, what.run, frame.id);
    order.who = std::make_shared<const runtime::run_description>(std::move(what.who));
  }
  order.work = std::make_shared<const runtime::activation>(std::move(what.work));
  ++code_running_;
  send(frame.actor, std::move(order));
}

void partition_actor::order(runtime::attempt_order what) {
  if (what.missing)
    attempt_loads_.add(std::move(what));
  else
    attempts_.push_back(ordered(std::move(what.attempt)));
}

void partition_actor::load_attempts() {
  using arguments = std::vector<runtime::payload>;
  for (auto& one : attempt_loads_.take_reads()) {
    read<arguments>(std::make_shared<read_order<arguments>>(
        [one, log = own_log()] { return runtime::load_bodies(log, one.at, one.parts); },
        [at = one.at](partition_actor& self, arguments bodies) {
          for (auto& attempt : self.attempt_loads_.arrived(at, std::move(bodies)))
            self.attempts_.push_back(self.ordered(std::move(attempt)));
        }));
  }
}

runtime::ordered_attempt partition_actor::ordered(runtime::step_attempt attempt) const {
  return {std::move(attempt), [mark = running_step(news_)](runtime::step_report report) {
            mark.news()->post(std::move(report));
          }};
}

/// Only where the log has no atomic batches. All that come while one is being read wait behind it:
/// a channel is appended to in order, for what lands out of order is refused and its outcome says
/// nothing.
void partition_actor::order(const runtime::message_order& what) {
  const bool waits = !messages_.empty() && !MUTANT("message-overtakes-one-that-is-read");
  if (!what.record.empty() && !waits) return send_message(what, what.record);
  if (!what.record.empty()) REACHED("message-waits-for-one-that-is-read");
  auto in_line = messages_.emplace_back(std::make_shared<message_in_line>(what, what.record));
  if (!what.record.empty()) return;
  using records = std::vector<runtime::log_record>;
  read<records>(std::make_shared<read_order<records>>(
      [at = what.body.at, log = own_log()] { return log.read_at({&at, 1}); },
      [in_line](partition_actor& self, const records& turns) {
        runtime::record_decoder decoder;
        const auto& order = in_line->order;
        const auto turn = runtime::decode_sender(decoder, turns.front(), order.body.part);
        if (!turn) return self.stop_for(turn.error());
        in_line->record = self.owner_.encode_message(*turn, order.body.part, order.number);
        self.send_messages();
      }));
}

void partition_actor::send_messages() {
  while (!messages_.empty() && !messages_.front()->record.empty()) {
    auto first = std::move(messages_.front());
    messages_.pop_front();
    send_message(first->order, std::move(first->record));
  }
}

/// To its own log's partitions, or to a neighbour's door (DESIGN 3.6). An outcome counts only in
/// the epoch that sent it: the next one has sent all again, and what landed before may have been a
/// gap.
void partition_actor::send_message(const runtime::message_order& what, std::string record) {
  const auto told = [news = news_, target = what.target, number = what.number,
                     sent_in = state_->current()](bool landed) {
    news->post([target, number, sent_in, landed](partition_actor& self) {
      if (self.state_->current() != sent_in) return;
      self.owner_.on_delivery(target, number, landed, self.now());
    });
  };
  if (services_.foreign != nullptr && !routes_.is_own(what.target)) {
    services_.foreign->send(
        {state_->self(), what.target, what.number, std::move(record), [told] { told(true); }});
    return;
  }
  runtime::append_request request;
  request.entries.push_back({what.target, 0, static_cast<std::uint32_t>(record.size())});
  request.bytes = std::move(record);
  request.completion = [told](const runtime::expected<runtime::offset>& landed) {
    told(landed.has_value());
  };
  services_.log.submit(std::move(request));
}

}  // namespace perdure::actors
