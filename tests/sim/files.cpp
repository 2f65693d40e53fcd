#include <algorithm>
#include <functional>

#include "tests/sim/embedded_life.hpp"
#include "tests/sim/files_manners.hpp"
#include "tests/sim/violated.hpp"
#include "tests/sim/workloads.hpp"
#include "transport/file_header.hpp"

namespace perdure::sim {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::log_record;
using runtime::offset;

/// Of a log that was trimmed to its end: what it ends in, what is prepared, what a crash left.
constexpr std::size_t most_segments = 6;

constexpr auto most_apart = runtime::seconds(1);

/// The product's embedded log from its making on, without nodes. Threads of one process write, read
/// old and new records and trim; the process ends in all ways there are and begins again.
class files final : public bare_workload, runtime::log_listener {
 public:
  explicit files(world& in)
      : world_(in),
        how_(drawn_files(in.load)),
        machine_(in),
        form_(in, how_.log, [](const log_record&) {}),
        writers_(how_.writers),
        readers_(how_.readers) {
    world_.set_undertaker([this](const life_ptr& whose) { bury(whose); });
    world_.set_crash_chance(how_.crash);
  }
  ~files() override {
    world_.set_undertaker({});
    machine_.disk.meanwhile({});
    if (log_) log_->forget();
  }

  void run() override;
  std::size_t records() const override { return form_.records().size(); }

 private:
  struct writer {
    bool waits = false;  ///< for an answer before it goes on
    std::uint64_t count = 0;
  };
  struct reader {
    runtime::partition_index partition{1};
    offset after;
  };

  void boot();
  void bury(const life_ptr& whose);
  void on_durable(std::span<const log_record> records) override { last_ = records.back().at.value; }
  /// `what` happens again and again in this life, so much apart at most; less often while nothing
  /// lands.
  void keep(runtime::duration apart, const std::function<void()>& what);
  void keep(runtime::duration apart, runtime::duration now, const std::function<void()>& what);
  void meanwhile();
  void submit(std::size_t which);
  runtime::append_request made(std::size_t which);
  std::string image();
  std::vector<std::string> segments() const;
  void answered(std::size_t which, std::size_t cost, const expected<offset>& outcome);
  void read(reader& who);
  void check_end_of(runtime::partition_index partition) const;
  void read_at();
  void trim();
  void trim(offset before);
  void leave();
  offset some_offset();
  void live(const std::function<bool()>& over);
  void check_all();

  world& world_;
  files_manners how_;
  machine machine_;
  embedded_form form_;
  std::vector<writer> writers_;
  std::vector<reader> readers_;
  life_ptr life_;
  std::unique_ptr<embedded_life> log_;  ///< null: no process is there
  std::uint64_t last_ = 0;              ///< told durable
  std::size_t handed_in_ = 0, open_requests_ = 0;
  int depth_ = 0;
};

void files::boot() {
  if (log_) return;
  life_ = world_.begin_life(0);
  world_.note("a process begins (life {})", life_->number());
  if (world_.load.happens(.2)) {
    draw_sizes(world_.load, how_.log.log);
    form_.set_options(how_.log.log);
  }
  try {
    log_ = form_.open_alone(life_, machine_);
  } catch (const cannot_open& why) {
    world_.note("it does not open the log: {}", why.what());
    world_.end(life_);
    form_.abandon(life_);
    return world_.in(world_.drawn(runtime::milliseconds(20), runtime::seconds(1)), nullptr,
                     [this] { boot(); });
  }
  last_ = form_.records().size();
  world_.note("the log has {} segments, records to {}", segments().size(), last_);
  log_->listen(*this);
  machine_.disk.meanwhile([this] { meanwhile(); });
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    writers_[i].waits = false;
    keep(how_.pace, [this, i] { submit(i); });
  }
  for (auto& who : readers_) keep(how_.pace, [this, &who] { read(who); });
  keep(how_.pace, [this] { read_at(); });
  keep(how_.trims, [this] { trim(); });
  world_.in(world_.drawn({}, how_.leaves), life_, [this] { leave(); });
  if (world_.load.happens(.2)) trim();
}

void files::bury(const life_ptr& whose) {
  if (!log_ || whose != life_) return;
  form_.abandon(whose);
  log_->forget();
  log_.reset();
  open_requests_ = 0;
  world_.in(world_.drawn(runtime::milliseconds(1), runtime::seconds(1)), nullptr,
            [this] { boot(); });
}

void files::keep(runtime::duration apart, const std::function<void()>& what) {
  keep(apart, apart, what);
}

void files::keep(runtime::duration apart, runtime::duration now,
                 const std::function<void()>& what) {
  world_.in(world_.drawn({}, now), life_, [this, apart, now, what, told = last_] {
    what();
    const runtime::duration longer(std::max(apart.us, std::min(now.us * 2, most_apart.us)));
    keep(apart, told == last_ ? longer : apart, what);
  });
}

/// While a thread is in a call the others do any number of things.
void files::meanwhile() {
  auto& chance = world_.schedule;
  if (depth_ >= 2 || !chance.happens(how_.meanwhile)) return;
  ++depth_;
  for (auto left = chance.happens(.3) ? 1 + chance.below(20) : 1; left > 0; --left) {
    if (!life_->alive()) break;
    switch (chance.below(7)) {
      case 0:
        submit(chance.below(writers_.size()));
        break;
      case 1:
      case 2:
        log_->write_meanwhile();
        break;
      case 3:
        log_->prepare_meanwhile();
        break;
      case 4:
        trim();
        break;
      case 5:
        read(chance.one_of(readers_));
        break;
      default:
        read_at();
    }
  }
  --depth_;
}

std::vector<std::string> files::segments() const {
  std::vector<std::string> paths;
  for (auto& [path, bytes] : machine_.disk.content().contents()) {
    if (path.contains("/segment-") && !bytes.empty()) paths.push_back(path);
  }
  return paths;
}

/// What the backup of a log would be for a log: bytes that were batches elsewhere.
std::string files::image() {
  constexpr std::size_t begin = transport::file_header::header_bytes;
  auto paths = segments();
  const auto bytes = machine_.disk.content().contents(world_.load.one_of(paths));
  return bytes.substr(std::min(bytes.size(), begin), 8 * world_.load.below(100));
}

runtime::append_request files::made(std::size_t which) {
  auto& chance = world_.load;
  const auto limit = log_->log().limit_bytes();
  const bool is_large = chance.below(how_.large) == 0;
  const auto count = 1 + (chance.happens(.4) ? chance.below(6) : 0);
  runtime::append_request request;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto text = fmt::format("writer {} request {} record {}, saw {}", which, writers_[which].count,
                            i, last_);
    if (chance.happens(.1)) text.clear();
    if (chance.happens(.1)) text = image();
    if (is_large) text.resize(chance.below(limit / count + 20), 'x');
    request.entries.push_back(
        {runtime::partition_index(static_cast<std::uint32_t>(1 + chance.below(how_.partitions))),
         static_cast<std::uint32_t>(request.bytes.size()),
         static_cast<std::uint32_t>(text.size())});
    request.bytes += text;
  }
  return request;
}

void files::submit(std::size_t which) {
  auto& who = writers_[which];
  if (who.waits || handed_in_ >= how_.requests) return;
  auto request = made(which);
  const auto cost = request.bytes.size() + 8 * request.entries.size();
  world_.note("writer {} hands in request {}: {} records, {} bytes", which, who.count,
              request.entries.size(), request.bytes.size());
  ++handed_in_;
  ++open_requests_;
  ++who.count;
  who.waits = world_.load.happens(.5);  // what comes next is to lie behind this
  request.completion = [this, which, cost](const expected<offset>& outcome) {
    answered(which, cost, outcome);
  };
  log_->log().submit(std::move(request));
}

void files::answered(std::size_t which, std::size_t cost, const expected<offset>& outcome) {
  --open_requests_;
  writers_[which].waits = false;
  const bool is_too_large = cost > log_->log().limit_bytes();
  const bool refused = !outcome && outcome.error().code == errc::too_large;
  if (refused ? !is_too_large : outcome && is_too_large)
    throw violated(fmt::format("a request of {} bytes is {}", cost,
                               refused ? "too large for the log" : "not too large for the log"));
  if (outcome) return world_.note("writer {} has its records at {}", which, *outcome);
  world_.note("writer {} hears: {}", which, outcome.error().message);
}

/// Old ones too, and such as are gone.
offset files::some_offset() {
  auto& chance = world_.load;
  const auto from = chance.happens(.9) ? form_.floor().value : 1;
  return offset(from + chance.below(last_ + 3 - from));
}

void files::read(reader& who) {
  auto& chance = world_.load;
  if (chance.happens(.2)) {
    who.after = offset(some_offset().value - 1);
    who.partition =
        runtime::partition_index(static_cast<std::uint32_t>(1 + chance.below(how_.partitions)));
  }
  const auto limit = any_of<std::size_t>(chance, {0, 100, 2'000, 1'000'000});
  const auto [partition, after] = who;
  check_end_of(partition);
  const auto found = log_->log().read(partition, after, limit);
  if (!found) {
    world_.note("reading p{} behind {}: {}", partition, after, found.error().message);
    who.after = offset(form_.floor().value - 1);
    return;
  }
  world_.note("reading p{} behind {}: {} records", partition, after, found->size());
  world_.trace(found->size());
  if (!found->empty()) who.after = found->back().at;
}

/// Of a partition all of which was trimmed it need not know that it ever was.
void files::check_end_of(runtime::partition_index partition) const {
  const auto& all = form_.records();
  const auto found = std::ranges::find(all.rbegin(), all.rend(), partition, &log_record::partition);
  const auto last = found == all.rend() ? offset() : found->at;
  const auto said = log_->log().end(partition);
  if (said != last && (said || last >= form_.floor()))
    throw violated(fmt::format("p{} ends at {}, it says {}", partition, last, said));
}

void files::read_at() {
  std::vector<offset> asked(1 + world_.load.below(8));
  for (auto& one : asked) one = some_offset();
  const auto found = log_->log().read_at({}, asked);
  world_.trace(found ? found->size() : 0);
  world_.note("reading {} records at {}…: {}", asked.size(), asked.front(),
              found ? "they are there" : found.error().message);
}

void files::trim() {
  auto& chance = world_.load;
  const auto floor = form_.floor().value, end = last_ + 1;
  const auto most = std::max(floor, end - std::min<std::uint64_t>(end, how_.kept));
  trim(offset(chance.happens(.03) ? end : floor + chance.below(most + 1 - floor)));
}

void files::trim(offset before) {
  if (log_->trims()) return;
  world_.note("trimming before {}", before);
  const auto done = log_->log().trim(before);
  world_.note("trimmed before {}: {}", before, done ? "done" : done.error().message);
}

void files::leave() {
  world_.note("the process ends by itself");
  if (world_.load.happens(.7)) log_->close();
  world_.end(life_);
}

void files::live(const std::function<bool()>& over) {
  constexpr std::uint64_t most_moves = 100'000;
  while (!over()) {
    if (!world_.move()) throw violated("nothing will ever happen, and not all is over");
    if (world_.moves() > most_moves) throw violated("it turns in circles");
  }
}

void files::run() {
  boot();
  live([this] { return handed_in_ >= how_.requests; });
  world_.note("the faults end");
  world_.set_crash_chance(0);
  form_.end_faults();
  how_.meanwhile = 0;
  how_.leaves = runtime::seconds(1'000'000);
  const auto is_up = [this] { return log_ && life_->alive(); };
  live([&] { return is_up() && open_requests_ == 0; });
  leave();
  live(is_up);
  check_all();
  form_.check_end();
}

/// What must be there is, what need not be takes no space.
void files::check_all() {
  constexpr std::size_t without_limit = std::size_t{1} << 30;
  for (std::uint32_t i = 1; i <= how_.partitions; ++i) {
    const offset after(form_.floor().value - 1);
    if (!log_->log().read(runtime::partition_index(i), after, without_limit))
      throw violated(fmt::format("partition {} cannot be read behind {}", i, after));
  }
  trim(offset(last_ + 1));
  const auto kept = segments().size(), most = most_segments + how_.log.log.spare_segments;
  if (kept > most) throw violated(fmt::format("{} segments are kept, not {}", kept, most));
}

}  // namespace

std::unique_ptr<bare_workload> make_files(world& in) { return std::make_unique<files>(in); }

}  // namespace perdure::sim
