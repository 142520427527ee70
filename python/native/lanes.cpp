#include "python/native/lanes.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "python/native/caller.hpp"
#include "python/native/payload.hpp"
#include "python/native/reports.hpp"
#include "python/native/state.hpp"

namespace rsp::python {
namespace {

using Clock = std::chrono::steady_clock;

/** What others may know of a thread that serves a lane. Read and written with the lock held. */
struct LaneThread {
  unsigned long id = 0;
  bool is_in_stretch = false;
  bool is_interrupted = false;
  Clock::time_point since{};
};

/** Every thread that serves a lane. */
std::vector<LaneThread*>& lane_threads() {
  static auto* const all = new std::vector<LaneThread*>;
  return *all;
}

thread_local LaneThread* t_lane_thread = nullptr;
// The thread state, while the lock is let go.
thread_local PyThreadState* t_thread_state = nullptr;

// The default lane, for threads that only wake it, and how many do so at the moment (N1, N2).
std::atomic<rsp_lane*> g_default_lane{nullptr};
std::atomic<uint32_t> g_wakers{0};

void acquire(void*) {
  PyEval_RestoreThread(t_thread_state);
  set_lock_held(true);
}

void release(void*) {
  set_lock_held(false);
  t_thread_state = PyEval_SaveThread();
}

/** Takes the lane away from those who wake it, and waits for the last of them (N4). */
void withdraw_default_lane() {
  g_default_lane.store(nullptr, std::memory_order_seq_cst);  // pairs with the load in wake_lane (N1)
  // Pairs with both changes of wake_lane: N1 and N2.
  while (g_wakers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

/** Raises ProcessExit in each process that has run Python code for `seconds` without a call of the runtime.
 */
size_t interrupt_busy(double seconds) {
  size_t count = 0;
  const Clock::time_point now = Clock::now();
  for (LaneThread* const thread : lane_threads()) {
    if (!thread->is_in_stretch || thread->is_interrupted) continue;
    if (std::chrono::duration<double>(now - thread->since).count() < seconds) continue;
    thread->is_interrupted = true;
    PyThreadState_SetAsyncExc(thread->id, state().ProcessExit);
    ++count;
  }
  return count;
}

}  // namespace

Lane::Lane(std::string name, bool exclusive) : name_(std::move(name)) {
  rsp_lane_hooks hooks{};
  hooks.size = sizeof hooks;
  hooks.acquire = &acquire;
  hooks.release = &release;
  hooks.start_thread = &start_thread;
  hooks.ctx = this;
  const rsp_result result = rsp_lane_new(&lane_, &hooks, exclusive);
  if (result != RSP_OK) throw std::runtime_error(rsp_result_message(result));
}

Lane::~Lane() {
  if (is_forked()) return;  // its threads are the parent's, and left it in the middle of something
  if (g_default_lane.load(std::memory_order_relaxed) == lane_) withdraw_default_lane();
  rsp_lane_free(lane_);
}

rsp_result Lane::start_thread(void* self) {
  try {
    borrow(state().new_lane_thread)(py::cast(static_cast<Lane*>(self), py::return_value_policy::reference));
    return RSP_OK;
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("a further thread for a lane");
    return RSP_EOS;
  }
}

void Lane::run() {
  LaneThread self;
  self.id = PyThread_get_thread_ident();
  lane_threads().push_back(&self);
  t_lane_thread = &self;
  t_thread_state = PyEval_SaveThread();
  const rsp_result result = rsp_lane_run(lane_);
  PyEval_RestoreThread(t_thread_state);
  t_lane_thread = nullptr;
  std::erase(lane_threads(), &self);
  if (result != RSP_OK) throw std::runtime_error(rsp_result_message(result));
}

void Lane::stop() {
  if (!is_forked()) rsp_lane_stop(lane_);
}

void add_lanes(py::module_& module) {
  py::class_<Lane>(module, "Lane", "A run queue for Python processes, served by Python threads.")
      .def(py::init<std::string, bool>(), py::arg("name"), py::arg("exclusive"))
      .def_property_readonly("name", &Lane::name)
      .def("run", &Lane::run, "Serve the lane with the calling thread until it is stopped.")
      .def("stop", &Lane::stop, "Let the threads of the lane end, once its processes are gone.");
  py::class_<OwnLane>(module, "OwnLane", "An exclusive lane of one process: stops with this object.")
      .def(py::init<py::object>(), py::arg("lane"));
  module.def(
      "set_default_lane",
      [](const Lane* lane) {
        if (lane == nullptr) {
          withdraw_default_lane();
        } else {
          // N3. Pairs with the load in wake_lane: the lane is made.
          g_default_lane.store(lane->handle(), std::memory_order_seq_cst);
        }
      },
      py::arg("lane").none(true));
  module.def("interrupt_busy", &interrupt_busy, py::arg("seconds"));
}

rsp_lane* lane_for(const py::object& own) {
  return own.is_none() ? default_lane() : own.cast<OwnLane*>()->get().handle();
}

rsp_lane* default_lane() {
  rsp_lane* const lane = g_default_lane.load(std::memory_order_relaxed);
  if (lane == nullptr) PyErr_SetString(state().NotRunning, rsp_result_message(RSP_ESTOPPED));
  return lane;
}

void wake_lane() {
  g_wakers.fetch_add(1, std::memory_order_seq_cst);  // pairs with the load in withdraw_default_lane (N1)
  // Pairs with both stores of the lane: N1, and what set_default_lane has made.
  if (rsp_lane* const lane = g_default_lane.load(std::memory_order_seq_cst)) {
    // Without memory for it, the next stretch of Python code begins with it.
    (void)!rsp_lane_post(
        lane, [](void*) { serve_others(); }, nullptr);
  }
  g_wakers.fetch_sub(1, std::memory_order_seq_cst);  // pairs with the load in withdraw_default_lane (N2)
}

void forget_wakers() { g_wakers.store(0, std::memory_order_relaxed); }

bool serves_a_lane() { return t_lane_thread != nullptr; }

void serve_others() {
  give_back_dropped();
  write_reports();
}

void begin_stretch() {
  if (t_lane_thread == nullptr) return;
  t_lane_thread->since = Clock::now();
  t_lane_thread->is_in_stretch = true;
}

void end_stretch() {
  LaneThread* const self = t_lane_thread;
  if (self == nullptr) return;
  self->is_in_stretch = false;
  if (!self->is_interrupted) return;
  // What was not raised yet must not hit the next process.
  self->is_interrupted = false;
  PyThreadState_SetAsyncExc(self->id, nullptr);
}

}  // namespace rsp::python
