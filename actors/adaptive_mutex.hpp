#pragma once

#include <pthread.h>

namespace perdure::actors {

/// A mutex for sections of some ten nanoseconds: whoever finds it locked looks again for a moment
/// before it sleeps. Else two threads that meet there pay for two switches.
class adaptive_mutex {
 public:
  adaptive_mutex() = default;
  ~adaptive_mutex() { pthread_mutex_destroy(&mutex_); }
  adaptive_mutex(const adaptive_mutex&) = delete;
  adaptive_mutex& operator=(const adaptive_mutex&) = delete;

  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
};

}  // namespace perdure::actors
