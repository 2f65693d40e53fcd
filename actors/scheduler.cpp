#include "actors/scheduler.hpp"

#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <pthread.h>

namespace perdure::actors {

void scheduler::worker::run() {
  while (auto* job = of_.ready_.pop()) {
    switch (job->resume(this, of_.max_throughput())) {
      case caf::resumable::resume_later:
        of_.ready_.push(job);  // with the reference that it holds
        break;
      case caf::resumable::shutdown_execution_unit:  // only CAF's own scheduler asks for that
      case caf::resumable::done:
      case caf::resumable::awaiting_message:
        caf::intrusive_ptr_release(job);
        break;
    }
  }
}

void scheduler::start() {
  const auto begin = [this](const char* name, auto body) {
    return std::jthread([this, name, body] {
      pthread_setname_np(pthread_self(), name);
      CAF_SET_LOGGER_SYS(&system());
      system().thread_started();
      body();
      system().thread_terminates();
    });
  };
  for (std::size_t i = 0; i < num_workers(); ++i) {
    auto* added = workers_.emplace_back(std::make_unique<worker>(*this)).get();
    threads_.push_back(begin("perdure.actor", [added] { added->run(); }));
  }
  clock_thread_ = begin("perdure.clock", [this] { clock_.run_dispatch_loop(); });
  abstract_coordinator::start();
}

/// Workers end when nothing is ready; what becomes ready later is dropped.
void scheduler::stop() {
  ready_.close();
  threads_.clear();  // joins
  stop_actors();
  while (auto* job = ready_.try_pop()) cleanup_and_release(job);
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
}

}  // namespace perdure::actors
