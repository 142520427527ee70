// InjectQueue of the controlled builds: an array, and a choice point before each operation. The queue itself
// is atomic here; what is tested is the code around it. Included by core/sync/inject_queue.hpp only.
#pragma once

#include <cstring>
#include <type_traits>

#include "core/env/controlled/points.hpp"
#include "core/env/random.hpp"

namespace rsp {

template <class T, class Memory = SystemMemory>
class InjectQueue {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(sizeof(T) <= sizeof(void*));

  using Where = env::control::Where;

 public:
  class Producer {
   public:
    explicit Producer(InjectQueue&) noexcept {}
  };

  class Consumer {
   public:
    explicit Consumer(InjectQueue&) noexcept {}
  };

  InjectQueue() = default;
  ~InjectQueue() { Memory::release(items_); }
  InjectQueue(const InjectQueue&) = delete;
  InjectQueue& operator=(const InjectQueue&) = delete;

  [[nodiscard]] bool push(T item, Where where = Where::here()) noexcept {
    point(where);
    if (size_ == capacity_ && !grow()) return false;
    items_[size_++] = item;
    return true;
  }
  [[nodiscard]] bool push(Producer&, T item, Where where = Where::here()) noexcept {
    return push(item, where);
  }

  [[nodiscard]] bool try_pop(T& item, Where where = Where::here()) noexcept {
    return try_pop_many(&item, 1, where) == 1;
  }
  [[nodiscard]] bool try_pop(Consumer&, T& item, Where where = Where::here()) noexcept {
    return try_pop(item, where);
  }

  [[nodiscard]] size_t try_pop_many(T* items, size_t capacity, Where where = Where::here()) noexcept {
    point(where);
    size_t found = 0;
    while (found < capacity && size_ > 0) {
      const size_t taken = size_ == 1 ? 0 : static_cast<size_t>(env::random_u64() % size_);
      items[found++] = items_[taken];
      items_[taken] = items_[--size_];
    }
    return found;
  }
  [[nodiscard]] size_t try_pop_many(Consumer&, T* items, size_t capacity,
                                    Where where = Where::here()) noexcept {
    return try_pop_many(items, capacity, where);
  }

  [[nodiscard]] size_t approx_size(Where where = Where::here()) const noexcept {
    point(where);
    return size_;
  }

 private:
  void point(Where where) const noexcept { env::control::point(env::control::Op::QUEUE, this, where); }

  bool grow() noexcept {
    const size_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    T* items = static_cast<T*>(Memory::allocate(capacity * sizeof(T)));
    if (items == nullptr) return false;
    if (size_ > 0) memcpy(items, items_, size_ * sizeof(T));
    Memory::release(items_);
    items_ = items;
    capacity_ = capacity;
    return true;
  }

  T* items_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace rsp
