#pragma once

namespace perdure::detail {

template <class T, class Tag>
class chain;

/// Base of a T that stands in at most one chain<T, Tag>. Leaves it by itself when it ends.
template <class T, class Tag = T>
class linked {
 public:
  linked() = default;
  linked(const linked&) = delete;
  linked& operator=(const linked&) = delete;

  bool is_linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 protected:
  ~linked() { unlink(); }

 private:
  friend class chain<T, Tag>;
  linked* next_ = this;
  linked* previous_ = this;
};

/// A list of what others own, in the order of joining. Never allocates.
template <class T, class Tag = T>
class chain {
  struct anchor : linked<T, Tag> {};

 public:
  bool empty() const { return !head_.is_linked(); }
  T& front() { return static_cast<T&>(*head_.next_); }
  T& back() { return static_cast<T&>(*head_.previous_); }
  void push_back(T& item) {
    linked<T, Tag>& link = item;
    link.unlink();
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    link.previous_->next_ = &link;
    head_.previous_ = &link;
  }

  class iterator {
   public:
    explicit iterator(linked<T, Tag>* at) : at_(at) {}
    T& operator*() const { return static_cast<T&>(*at_); }
    iterator& operator++() {
      at_ = at_->next_;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    friend class chain;
    linked<T, Tag>* at_;
  };
  iterator begin() { return iterator(head_.next_); }
  iterator end() { return iterator(&head_); }

 private:
  anchor head_;
};

}  // namespace perdure::detail
