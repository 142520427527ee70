// std::atomic with mandatory orders. Included by core/env/atomic.hpp only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rsp::env {

template <class T>
class Atomic {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::atomic<T>::is_always_lock_free, "a lock inside an atomic would block a worker");

 public:
  constexpr Atomic() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  constexpr Atomic(T value) noexcept : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order) const noexcept { return value_.load(order); }
  void store(T value, std::memory_order order) noexcept { value_.store(value, order); }
  T exchange(T value, std::memory_order order) noexcept { return value_.exchange(value, order); }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) noexcept {
    return value_.compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return value_.compare_exchange_weak(expected, desired, success, failure);
  }

  template <class A = std::atomic<T>>
  T fetch_add(typename A::difference_type amount, std::memory_order order) noexcept {
    return value_.fetch_add(amount, order);
  }
  template <class A = std::atomic<T>>
  T fetch_sub(typename A::difference_type amount, std::memory_order order) noexcept {
    return value_.fetch_sub(amount, order);
  }
  T fetch_and(T mask, std::memory_order order) noexcept { return value_.fetch_and(mask, order); }
  T fetch_or(T mask, std::memory_order order) noexcept { return value_.fetch_or(mask, order); }

 private:
  std::atomic<T> value_{};
};

}  // namespace rsp::env
