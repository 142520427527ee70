// Atomics of the controlled builds: std::atomic with a choice point in front of each operation. The orders
// are passed on, so that std::atomic's own checks of them apply, but all threads of a run share one OS
// thread and see every write at once: the interleavings are sequentially consistent.
// Included by core/env/atomic.hpp only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/env/controlled/points.hpp"

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

  T load(std::memory_order order, control::Where where = control::Where::here()) const noexcept {
    control::plain_point(control::Op::LOAD, this, where);
    return value_.load(order);
  }
  void store(T value, std::memory_order order, control::Where where = control::Where::here()) noexcept {
    if (order == std::memory_order_seq_cst) {
      control::point(control::Op::EXCHANGE, this, where);  // is_locked
    } else {
      control::plain_point(control::Op::STORE, this, where);
    }
    value_.store(value, order);
  }
  // For env::store_then alone.
  void store_then(T value, control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::STORE_THEN, this, where);
    value_.store(value, std::memory_order_seq_cst);
  }
  T exchange(T value, std::memory_order order, control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::EXCHANGE, this, where);
    return value_.exchange(value, order);
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure,
                               control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::COMPARE_EXCHANGE, this, where);
    return value_.compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure,
                             control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::COMPARE_EXCHANGE, this, where);
    if (control::weak_fails()) {
      expected = value_.load(failure);
      return false;
    }
    return value_.compare_exchange_strong(expected, desired, success, failure);
  }

  template <class A = std::atomic<T>>
  T fetch_add(typename A::difference_type amount, std::memory_order order,
              control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::FETCH, this, where);
    return value_.fetch_add(amount, order);
  }
  template <class A = std::atomic<T>>
  T fetch_sub(typename A::difference_type amount, std::memory_order order,
              control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::FETCH, this, where);
    return value_.fetch_sub(amount, order);
  }
  T fetch_and(T mask, std::memory_order order, control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::FETCH, this, where);
    return value_.fetch_and(mask, order);
  }
  T fetch_or(T mask, std::memory_order order, control::Where where = control::Where::here()) noexcept {
    control::point(control::Op::FETCH, this, where);
    return value_.fetch_or(mask, order);
  }

  // For the environment itself: the value, without a choice point.
  T peek() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{};
};

}  // namespace rsp::env
