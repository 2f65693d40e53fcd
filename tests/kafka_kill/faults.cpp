#include "tests/kafka_kill/faults.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <signal.h>

namespace perdure::testing {

void faults::pause(unsigned least_ms, unsigned most_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(least_ms + draw(most_ms - least_ms + 1)));
}

std::string faults::strike_node(std::size_t which, way how) {
  if (how == way::freeze) {
    cluster_.node(which).child().signal(SIGSTOP);
    return fmt::format("node {} frozen", which + 1);
  }
  cluster_.node(which).kill();
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  kills_us_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  return fmt::format("node {} killed", which + 1);
}

void faults::mend_node(std::size_t which, way how) {
  if (how == way::freeze)
    cluster_.node(which).child().signal(SIGCONT);
  else
    cluster_.node(which).start();
}

std::string faults::strike_broker(way how) {
  if (how == way::freeze)
    cluster_.broker().freeze();
  else
    cluster_.broker().kill();
  return how == way::freeze ? "the broker frozen" : "the broker killed";
}

void faults::mend_broker(way how) {
  if (how == way::freeze)
    cluster_.broker().thaw();
  else
    cluster_.broker().restart();
}

std::string faults::strike_both() {
  const auto which = draw(kill_cluster::size);
  const auto node = draw_way(), broker = draw_way();
  const bool node_comes_first = draw(2) == 0;
  auto said = strike_node(which, node);
  pause(0, 500);
  said += " and " + strike_broker(broker);
  pause(1'500, 4'000);
  if (node_comes_first) mend_node(which, node);
  mend_broker(broker);
  pause(0, 500);
  if (!node_comes_first) mend_node(which, node);
  return said;
}

std::string faults::inject_next() {
  if (left_.empty()) {
    left_ = {fault::node_kill, fault::node_freeze, fault::broker_kill, fault::broker_freeze,
             fault::both};
    std::ranges::shuffle(left_, chance_);
  }
  const auto next = left_.back();
  left_.pop_back();
  const auto which = draw(kill_cluster::size);
  std::string said;
  switch (next) {
    case fault::node_kill:
      if (draw(4) == 0) {  // while it hands over
        cluster_.node(which).child().signal(SIGTERM);
        pause(0, 400);
      }
      said = strike_node(which, way::kill);
      pause(0, 2'500);  // before others have noticed, or after
      mend_node(which, way::kill);
      break;
    case fault::node_freeze:
      said = strike_node(which, way::freeze);
      pause(3'000, 6'000);
      mend_node(which, way::freeze);
      break;
    case fault::broker_kill:
      said = strike_broker(way::kill);
      pause(0, 2'000);
      mend_broker(way::kill);
      break;
    case fault::broker_freeze:
      said = strike_broker(way::freeze);
      pause(1'000, 5'000);
      mend_broker(way::freeze);
      break;
    case fault::both:
      said = strike_both();
      break;
  }
  return said;
}

}  // namespace perdure::testing
