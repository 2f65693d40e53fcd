#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace perdure::detail {

/// Base of what several frames of one run share. The count is no atomic: a run's code lives on one
/// actor at a time.
class counted {
 public:
  counted() = default;
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  virtual ~counted() = default;

 private:
  template <class T>
  friend class counted_ptr;
  std::uint32_t count_ = 0;
};

/// Shared ownership of a T that derives from `counted`.
template <class T>
class counted_ptr {
 public:
  counted_ptr() = default;
  explicit counted_ptr(T* object) : object_(object) { grow(); }
  counted_ptr(const counted_ptr& other) : object_(other.object_) { grow(); }
  counted_ptr(counted_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  counted_ptr(counted_ptr<U> other) : object_(other.release()) {}
  counted_ptr& operator=(counted_ptr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~counted_ptr() {
    if (object_ != nullptr) {
      counted* base = object_;
      if (--base->count_ == 0) {
        delete base;
      }
    }
  }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  /// Nobody else shares it.
  bool alone() const { return static_cast<const counted*>(object_)->count_ == 1; }
  /// Gives up the share without ending it.
  T* release() { return std::exchange(object_, nullptr); }

 private:
  void grow() {
    if (object_ != nullptr) {
      ++static_cast<counted*>(object_)->count_;
    }
  }
  T* object_ = nullptr;
};

template <class T, class... A>
counted_ptr<T> make_counted(A&&... arguments) {
  return counted_ptr<T>(new T(std::forward<A>(arguments)...));
}

}  // namespace perdure::detail
