// Lanes of this interpreter: the run queues whose threads are Python threads. The default lane runs every
// Python process but those that are thread-affine, which have an exclusive lane each.
//
// A lane's threads are threading.Threads, made by Python, that stay in run(). They hold the interpreter lock
// while they run processes, and let it go around each sleep.
//
//   wake_lane, serves_a_lane                        any thread
//   all others, and what the module has for Python  a thread with the interpreter lock
//
// Threads that have no lock wake the default lane, so that it gives back what they have dropped (payload.hpp). They find it
// in a word of its own, and are counted in another:
//
//   the lane     nullptr -> lane    set_default_lane
//                lane -> nullptr    set_default_lane(None), or the end of the Lane; it waits for those who are counted
//   the count    one more, one less by wake_lane
//
//   N1  Who wakes counts itself and then loads the lane; who takes the lane away stores nullptr and then loads the count.
//       All four are sequentially consistent: either the waker finds no lane, or who takes it away finds the waker.
//   N2  A waker is through with the lane before it is counted no more. So who has found the count at zero after N1 may free
//       the lane.
//   N3  A lane is set only where there is none: another one stored over it would wait for nobody.
//   N4  Who takes the lane away waits with the lock held. So a waker never waits for the lock: it only posts.
//       After a fork there is none: those who were counted are not in the child (forget_wakers).
//   N5  With the lock the lane is read relaxed: it changes under the lock alone.
#pragma once

#include <string>

#include "python/native/python.hpp"

namespace rsp::python {

/** resprout._native.Lane. Python owns it: its threads, and what runs on it. */
class Lane {
 public:
  Lane(std::string name, bool exclusive);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  rsp_lane* handle() const { return lane_; }
  const std::string& name() const { return name_; }

  /** Serves the lane with the calling thread until it is stopped. */
  void run();
  /** Any thread. */
  void stop();

 private:
  static rsp_result start_thread(void* self);

  rsp_lane* lane_ = nullptr;
  std::string name_;
};

/** resprout._native.OwnLane: an exclusive lane in the hands of what was started for it. The lane stops with
 * it. */
class OwnLane {
 public:
  explicit OwnLane(py::object lane) : lane_(std::move(lane)) {}
  ~OwnLane() { get().stop(); }
  OwnLane(const OwnLane&) = delete;
  OwnLane& operator=(const OwnLane&) = delete;

  Lane& get() const { return *lane_.cast<Lane*>(); }

 private:
  py::object lane_;
};

void add_lanes(py::module_& module);

/** The lane of what is to be started: `own` is an OwnLane, or None for the default lane. nullptr: an error is
 * set. */
rsp_lane* lane_for(const py::object& own);

/** The lane for processes that ask for none; nullptr with an error if the runtime has none. */
rsp_lane* default_lane();

/** Any thread: makes the default lane look at what was dropped and reported. */
void wake_lane();

/** In a forked child, whose only thread calls: nobody wakes the lane (N2). */
void forget_wakers();

/** Whether this thread serves a lane. */
bool serves_a_lane();

/** Outside of every process: gives back what was dropped, writes what was reported. */
void serve_others();

/** One stretch of Python code of a process on this thread of a lane: from its callback's begin, or the end of
 * a wait, to the next wait or the callback's end. interrupt_busy finds those that last too long. */
void begin_stretch();
void end_stretch();

}  // namespace rsp::python
