#include "tests/kill/job.hpp"

#include <fmt/format.h>

namespace perdure::testing {

std::string job::operation() const {
  static constexpr const char* names[] = {"chain",     "fan",         "collect", "caller",
                                          "sleeper",   "payer",       "teller",  "asks",
                                          "cancelled", "calls_faults"};
  return names[static_cast<int>(kind)];
}

std::string job::input() const {
  switch (kind) {
    case sort::chain:
    case sort::fan:
    case sort::caller:
      return fmt::format("{} {}", id, count);
    case sort::collect:
      return std::to_string(count);
    case sort::teller:
      return fmt::format("{} {} {}", id, target, count);
    case sort::sleeper:
    case sort::payer:
    case sort::cancelled:
    case sort::calls_faults:
      return id;
    case sort::asks:
      return target;
  }
  return {};
}

std::vector<std::string> job::labels() const {
  std::vector<std::string> all;
  switch (kind) {
    case sort::chain:
    case sort::fan:
    case sort::teller:
      for (int i = 0; i < count; ++i) all.push_back(fmt::format("{}/{}", id, i));
      break;
    case sort::caller:
      for (int i = 0; i < count; ++i) {
        for (int n = 0; n < 2; ++n) all.push_back(fmt::format("{}.{}/{}", id, i, n));
      }
      break;
    case sort::sleeper:
    case sort::cancelled:
      all.push_back(id + "/0");
      break;
    case sort::asks:
      all.push_back(fmt::format("question-{}/0", target));
      break;
    case sort::payer:
    case sort::collect:
    case sort::calls_faults:
      break;
  }
  return all;
}

std::uint64_t job_source::draw(std::uint64_t below) {
  state_ += 0x9E3779B97F4A7C15;
  auto mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EB;
  return (mixed ^ (mixed >> 31U)) % below;
}

job job_source::make(job::sort kind, int count) {
  job made;
  made.kind = kind;
  made.count = count;
  made.id = fmt::format("{}-{}", made.operation(), ++serial_);
  return made;
}

std::vector<job> job_source::next() {
  std::vector<job> jobs;
  switch (draw(10)) {
    case 0:
      jobs.push_back(make(job::sort::fan, 3 + static_cast<int>(draw(12))));
      break;
    case 1: {
      auto collector = make(job::sort::collect, 1 + static_cast<int>(draw(8)));
      for (int i = 0; i < collector.count; ++i)
        collector.expects.push_back(fmt::format("{}:{}", collector.id, i));
      jobs.push_back(std::move(collector));
      break;
    }
    case 2:
      jobs.push_back(make(job::sort::caller, 2 + static_cast<int>(draw(5))));
      break;
    case 3:
      jobs.push_back(make(job::sort::sleeper, 1));
      break;
    case 4:
      jobs.push_back(make(job::sort::payer, 1));
      break;
    case 5: {  // tellers that send to one collector, in another namespace half the time
      auto collector = make(job::sort::collect, 0);
      collector.name_space = draw(2) == 0 ? "team" : "legal";
      std::vector<job> tellers;
      for (int i = 0; i < 3; ++i) {
        auto teller = make(job::sort::teller, 1 + static_cast<int>(draw(4)));
        teller.target = collector.name_space + " " + collector.id;
        for (int n = 0; n < teller.count; ++n)
          collector.expects.push_back(fmt::format("{}:{}", teller.id, n));
        tellers.push_back(std::move(teller));
      }
      collector.count = static_cast<int>(collector.expects.size());
      jobs.push_back(std::move(collector));
      for (auto& teller : tellers) jobs.push_back(std::move(teller));
      break;
    }
    case 6: {
      auto asking = make(job::sort::asks, 1);
      asking.target = std::to_string(serial_ / 40);  // many ask the same
      jobs.push_back(std::move(asking));
      break;
    }
    case 7:
      jobs.push_back(make(job::sort::cancelled, 1));
      break;
    default:
      jobs.push_back(make(job::sort::chain, 1 + static_cast<int>(draw(8))));
      break;
  }
  return jobs;
}

}  // namespace perdure::testing
