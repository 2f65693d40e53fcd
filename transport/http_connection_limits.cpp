#include "transport/http_connection_limits.hpp"

#include "runtime/invariant.hpp"

namespace perdure::transport {

http_connection_limits::verdict http_connection_limits::admit(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (open_ >= most_) return verdict::too_many;
  std::size_t& of_address = per_address_[address];  // no entry is left behind: it is not 0 below
  if (of_address >= most_per_address_) return verdict::too_many_of_address;
  ++of_address;
  ++open_;
  return verdict::admitted;
}

std::size_t http_connection_limits::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void http_connection_limits::release(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto entry = per_address_.find(address);
  INVARIANT(entry != per_address_.end() && open_ > 0, "a connection of {} was not counted",
            address);
  if (--entry->second == 0) per_address_.erase(entry);
  --open_;
}

}  // namespace perdure::transport
