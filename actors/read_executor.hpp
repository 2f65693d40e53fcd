#pragma once

#include <functional>

namespace perdure::actors {

/// The seam behind which actors have the log's files read, so that none of them blocks (STYLE 22):
/// a thread in this process, or what a test puts in its place.
class read_executor {
 public:
  virtual ~read_executor() = default;
  /// Runs `read` some time, away from the caller, in order; it posts what it read to an inbox.
  virtual void submit(std::function<void()> read) = 0;
};

}  // namespace perdure::actors
