// Lanes of this interpreter: the run queues whose threads are Python threads. The default lane runs every
// Python process but those that are thread-affine, which have an exclusive lane each.
//
// A lane's threads are threading.Threads, made by Python, that stay in run(). They hold the interpreter lock
// while they run processes, and let it go around each sleep.
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

/** Whether this thread serves a lane. */
bool serves_a_lane();

/** Outside of every process: gives back what was dropped, writes what was reported. */
void serve_others();

/** One stretch of Python code of a process on this thread of a lane: from its callback's begin, or the end of
 * a wait, to the next wait or the callback's end. interrupt_busy finds those that last too long. */
void begin_stretch();
void end_stretch();

}  // namespace rsp::python
