// The threads behind the workers. A worker is queues and timers; a thread drives it, and may let go of it in the
// middle of a turn, so that code which blocks holds up nobody but its own process.
//
//   drives    runs the loop of one worker
//   away      in the middle of a turn, without a worker; its calls are those of a foreign thread
//   hired     sleeps on its parker, promised to the worker of a thread that is away; only drive and dismiss wake
//             it, also while the scheduler stops: a waker that is late finds worker and thread as it expects
//   spare     sleeps on its parker, in the stack of spares
//
// Slots are never freed: a thread whose code does not come back outlives the scheduler's stop.
//
//   state     FREE -> ACTIVE         whoever hires, by CAS
//             ACTIVE -> ZOMBIE        the process whose turn it is in is dead, and its code has not returned
//             ZOMBIE -> ACTIVE        the thread, when that code has returned
//             ZOMBIE -> ABANDONED     stop, which waits for no such code: the thread is detached
//             ABANDONED -> FREE      the thread, when that code has returned: its last step
//             ACTIVE -> ENDED        the thread, being one spare too many: its last step
//             ENDED -> ACTIVE        whoever hires; it joins the former thread first
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"
#include "core/env/atomic.hpp"
#include "core/env/thread.hpp"
#include "core/sync/parker.hpp"

namespace rsp {

class Worker;
class WorkerThreads;

class alignas(CACHE_LINE) WorkerThread {
 public:
  /** The thread that calls, or nullptr: it drives no worker and is not away from one. */
  static WorkerThread* current();

  /** Its own: the worker it drives, or nullptr. */
  Worker* worker() const { return worker_; }

  /** By the worker that ends the process in whose turn the thread is away: stop shall not wait for it. */
  void become_zombie();

 private:
  friend class Scheduler;
  friend class WorkerThreads;

  enum State : uint32_t { FREE, ACTIVE, ZOMBIE, ABANDONED, ENDED };

  static void thread_main(void* self);
  void wait_for_worker(bool is_spare);

  env::Atomic<uint32_t> state_{FREE};
  env::Atomic<uint32_t> below_{0};       // in the stack of spares: slot number, 0 for none
  env::Atomic<Worker*> given_{nullptr};  // what it is to drive when it wakes
  Worker* worker_ = nullptr;             // its own, and the next one
  Worker* away_from_ = nullptr;
  WorkerThreads* all_ = nullptr;
  Parker parker_;
  env::Thread thread_;
};

class WorkerThreads {
 public:
#if defined(RSP_ENV_EXPLORE)
  static constexpr uint32_t CAPACITY = 4;
  static constexpr uint32_t KEPT_SPARES = 2;
#else
  /** Of threads, those of the workers included. */
  static constexpr uint32_t CAPACITY = 2048;
  /** More spare threads than these end. */
  static constexpr uint32_t KEPT_SPARES = 16;
#endif

  /** A new thread drives `worker`. False: none can be had. */
  [[nodiscard]] bool start(Worker& worker) { return start_one(&worker) != nullptr; }

  /** A spare thread or a new one; nullptr: no more can be had. The caller owes drive() or dismiss(). */
  [[nodiscard]] WorkerThread* hire();

  /** The hired thread drives `worker` from now on. */
  static void drive(WorkerThread& thread, Worker& worker);

  /** The hired thread is not needed. */
  void dismiss(WorkerThread& thread);

  /** Once no process lives and every worker's loop has been told to end: waits for all threads but those that
   * are zombies. */
  void join_all();

  /** Threads that are zombies. For observers. */
  uint32_t zombies() const;

 private:
  friend class WorkerThread;

  WorkerThread* pop_spare();
  void push_spare(WorkerThread& thread);
  WorkerThread* start_one(Worker* worker);

  // The stack of spares: how often it changed, and the number of the topmost slot (0: none). The count keeps a
  // pop from succeeding after the slot it read was popped and pushed again: its below_ may be another by then.
  env::Atomic<uint64_t> spares_{0};
  env::Atomic<uint32_t> spare_count_{0};
  env::Atomic<bool> leaving_{false};
  WorkerThread slots_[CAPACITY];
};

}  // namespace rsp
