#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace perdure::transport {

/// Counts open connections, together and per address. Any thread.
class http_connection_limits {
 public:
  /// A place for one connection; given back when it goes.
  class ticket {
   public:
    ticket(std::shared_ptr<http_connection_limits> limits, std::string address)
        : limits_(std::move(limits)), address_(std::move(address)) {}
    ~ticket() {
      if (limits_) limits_->release(address_);
    }
    ticket(ticket&&) noexcept = default;
    ticket& operator=(ticket&&) = delete;

   private:
    std::shared_ptr<http_connection_limits> limits_;
    std::string address_;
  };

  enum class verdict : std::uint8_t { admitted, too_many, too_many_of_address };

  http_connection_limits(std::size_t most, std::size_t most_per_address)
      : most_(most), most_per_address_(most_per_address) {}

  /// Takes a place. An admitted caller must make a ticket of it.
  verdict admit(const std::string& address);
  std::size_t open() const;

 private:
  void release(const std::string& address);

  const std::size_t most_, most_per_address_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> per_address_;
};

}  // namespace perdure::transport
