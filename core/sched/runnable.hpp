// What the scheduler runs. The scheduler never learns what it is (a process, a timer to insert, ...).
#pragma once

namespace rsp {

class Worker;

/** Base of everything that can be queued for a worker. In at most one queue at a time (owned by that queue). */
struct Runnable {
  Runnable* next;  // the queue's; in the injection queue the scheduler's (T5 of worker.hpp)
  /** Called on the thread of a worker, or of a lane (nullptr), which owns the runnable from here on. Must not
   * unwind. */
  void (*run)(Runnable* self, Worker* worker);
};

}  // namespace rsp
