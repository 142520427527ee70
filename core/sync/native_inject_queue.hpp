// InjectQueue over moodycamel::ConcurrentQueue. Included by core/sync/inject_queue.hpp only.
#pragma once

#include <concurrentqueue.h>

#include <type_traits>

#include "core/base/sanitizers.hpp"

#if RSP_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace rsp {

template <class T, class Memory = SystemMemory>
class InjectQueue {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(sizeof(T) <= sizeof(void*));  // NOLINT(bugprone-sizeof-expression): T is a pointer itself

  struct Traits : moodycamel::ConcurrentQueueDefaultTraits {
    // The table of producers without a token. It grows by making others wait; at this size it does not grow
    // before 2048 foreign threads have pushed.
    static const size_t INITIAL_IMPLICIT_PRODUCER_HASH_SIZE = 4096;

    static void* malloc(size_t bytes) noexcept { return Memory::allocate(bytes); }
    static void free(void* block) noexcept { Memory::release(block); }
  };
  using Queue = moodycamel::ConcurrentQueue<T, Traits>;

 public:
  class Producer {
   public:
    explicit Producer(InjectQueue& queue) noexcept : token_(queue.queue_) {}

   private:
    friend InjectQueue;
    moodycamel::ProducerToken token_;
  };

  class Consumer {
   public:
    explicit Consumer(InjectQueue& queue) noexcept : token_(queue.queue_) {}

   private:
    friend InjectQueue;
    moodycamel::ConsumerToken token_;
  };

  InjectQueue() = default;
  InjectQueue(const InjectQueue&) = delete;
  InjectQueue& operator=(const InjectQueue&) = delete;

  // False: out of memory, and the item was not queued.
  [[nodiscard]] bool push(T item) noexcept {
    hand_over(item);
    return queue_.enqueue(item);
  }
  [[nodiscard]] bool push(Producer& producer, T item) noexcept {
    // There was no memory for the token when it was made.
    if (!producer.token_.valid()) return push(item);
    hand_over(item);
    return queue_.enqueue(producer.token_, item);
  }

  // False: nothing found; `item` is unchanged.
  [[nodiscard]] bool try_pop(T& item) noexcept {
    if (!queue_.try_dequeue(item)) return false;
    take_over(item);
    return true;
  }
  [[nodiscard]] bool try_pop(Consumer& consumer, T& item) noexcept {
    if (!queue_.try_dequeue(consumer.token_, item)) return false;
    take_over(item);
    return true;
  }

  // How many it found, at most `capacity`; they are items[0], items[1], ...
  [[nodiscard]] size_t try_pop_many(T* items, size_t capacity) noexcept {
    const size_t found = queue_.try_dequeue_bulk(items, capacity);
    for (size_t i = 0; i < found; ++i) take_over(items[i]);
    return found;
  }
  [[nodiscard]] size_t try_pop_many(Consumer& consumer, T* items, size_t capacity) noexcept {
    const size_t found = queue_.try_dequeue_bulk(consumer.token_, items, capacity);
    for (size_t i = 0; i < found; ++i) take_over(items[i]);
    return found;
  }

  // Exact when nobody pushes or pops. Counts every item whose push happened before.
  [[nodiscard]] size_t approx_size() const noexcept { return queue_.size_approx(); }

 private:
  // Rule 1 rests on fences inside the queue, which ThreadSanitizer does not see: it is told here.
#if RSP_TSAN
  void hand_over(T item) noexcept { __tsan_release(meeting_place(item)); }
  void take_over(T item) noexcept { __tsan_acquire(meeting_place(item)); }
  void* meeting_place(T item) noexcept {
    if constexpr (std::is_pointer_v<T>) {
      return const_cast<void*>(static_cast<const void*>(item));
    } else {
      return this;
    }
  }
#else
  void hand_over(T) noexcept {}
  void take_over(T) noexcept {}
#endif

  Queue queue_;
};

}  // namespace rsp
