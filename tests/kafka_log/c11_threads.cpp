// librdkafka makes threads, mutexes and condition variables by C11's functions. ThreadSanitizer
// knows those of POSIX only: a thread that it did not see begin makes it crash, and what such a
// mutex orders looks like a race. So its builds have C11's made of POSIX's; glibc does the same
// inside. What librdkafka does beneath is not instrumented: its own races are not looked for.
//
// Its reference counts are not seen either. So where it frees what our threads have read, or a lock
// that another of its threads has held, that looks like a race, and is none. Only these two are
// kept quiet, by the function that is called: ours frees by `operator delete`, and what
// librdkafka's threads do in our functions is still looked at.

#if __has_feature(thread_sanitizer)

#include <cerrno>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>

#include <pthread.h>
#include <threads.h>

namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));
static_assert(std::is_same_v<thrd_t, pthread_t>);

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int told(int code) {
  switch (code) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

struct beginning {
  thrd_start_t function;
  void* argument;
};

void* begin(void* given) {
  const std::unique_ptr<beginning> at(static_cast<beginning*>(given));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(at->function(at->argument)));
}

}  // namespace

extern "C" {

const char* __tsan_default_suppressions() {
  return "race_top:^*_interceptor_free$\n"
         "race_top:^*_interceptor_pthread_rwlock_destroy$\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto at = std::make_unique<beginning>(function, argument);
  // style: allow(thread) it is librdkafka that ends it
  const int code = pthread_create(thread, nullptr, begin, at.get());
  if (code == 0) std::ignore = at.release();  // it is the thread's now
  return told(code);
}

int thrd_join(thrd_t thread, int* result) {
  void* given = nullptr;
  const int code = pthread_join(thread, &given);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(given));
  return told(code);
}

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  const bool recursive = (type & mtx_recursive) != 0;
  pthread_mutexattr_settype(&attributes,
                            recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  const int code = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return told(code);
}
int mtx_lock(mtx_t* mutex) { return told(pthread_mutex_lock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return told(pthread_mutex_unlock(posix(mutex))); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix(mutex)); }

int cnd_init(cnd_t* condition) { return told(pthread_cond_init(posix(condition), nullptr)); }
int cnd_signal(cnd_t* condition) { return told(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return told(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return told(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return told(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(posix(condition)); }

}  // extern "C"

#endif
