#pragma once

#include <cstddef>
#include <string>

namespace perdure::actors {

/// The seam behind which somebody watches that workflow code comes to an end (DESIGN 5.3).
class activation_watch {
 public:
  enum class company { others, alone };

  virtual ~activation_watch() = default;
  /// The calling thread is in the code of `who` now, which lives until it has left. Gives the place
  /// to leave. Any thread.
  virtual std::size_t enter(const std::string& who, company with) = 0;
  virtual void leave(std::size_t place) = 0;

  /// Enters for its length.
  class scope {
   public:
    scope(activation_watch& by, const std::string& who, company with)
        : by_(by), place_(by.enter(who, with)) {}
    ~scope() { by_.leave(place_); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    activation_watch& by_;
    std::size_t place_;
  };
};

}  // namespace perdure::actors
