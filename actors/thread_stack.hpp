#pragma once

#include <functional>
#include <string>
#include <vector>

#include <pthread.h>

namespace perdure::actors {

/// Prepares this process for `stack_of`: installs a handler for SIGURG (which is ignored
/// otherwise), and loads what walks stacks so that no handler has to.
void prepare_stacks();

/// The stack of another thread, the innermost function first, a line each. Interrupts the thread by
/// a signal; empty if it does not answer within a second. `signal` sends SIGURG to the thread if
/// that is still alive, and says whether it did. REQUIRES: `prepare_stacks` was called.
std::vector<std::string> stack_of(pthread_t thread, const std::function<bool()>& signal);

}  // namespace perdure::actors
