#include "python/native/runtime.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/lanes.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

uint64_t g_run = 0;

void start(uint32_t workers, uint32_t max_processes, int64_t stack_signal) {
  rsp_runtime_opts opts = RSP_RUNTIME_OPTS_INIT;
  opts.workers = workers;
  opts.max_processes = max_processes;
  opts.stack_signal = stack_signal;
  if (!check(rsp_runtime_start(&opts))) throw py::error_already_set();
  ++g_run;
}

/** Whether it is stopped; false: some code does not return. */
bool stop(const py::object& timeout) {
  uint64_t timeout_ms;
  if (!to_timeout_ms(timeout.ptr(), &timeout_ms)) throw py::error_already_set();
  detach(atom_term("shutdown"));
  rsp_result result;
  {
    const Unlocked unlocked;
    result = rsp_runtime_stop(timeout_ms);
  }
  serve_others();
  if (result == RSP_ETIMEDOUT) return false;
  if (result != RSP_OK && result != RSP_ESTOPPED) {
    raise_result(result);
    throw py::error_already_set();
  }
  ++g_run;  // threads that were processes are none any more
  return true;
}

py::dict stats() {
  rsp_runtime_stats all{};
  all.size = sizeof all;
  if (!check(rsp_runtime_get_stats(&all))) throw py::error_already_set();
  py::dict dict;
  dict["processes"] = all.processes;
  dict["workers"] = all.workers;
  dict["worker_wake_ups"] = all.worker_wake_ups;
  dict["zombies"] = all.zombies;
  dict["stuck_turns"] = all.stuck_turns;
  dict["watchdog_wake_ups"] = all.watchdog_wake_ups;
  dict["dropped_messages"] = all.dropped_messages;
  return dict;
}

}  // namespace

void add_runtime(py::module_& module) {
  module.def("runtime_start", &start, py::arg("workers"), py::arg("max_processes"), py::arg("stack_signal"));
  module.def("runtime_stop", &stop, py::arg("timeout"));
  module.def("runtime_is_running", &rsp_runtime_is_running);
  module.def("runtime_stats", &stats);
  module.def("mark_forked", &mark_forked);
  module.def("serves_a_lane", &serves_a_lane);
  module.def("detach", [](const py::object& reason) {
    if (serves_a_lane()) {
      PyErr_SetString(state().WrongContext,
                      "only a plain thread can detach: end this process with resprout.exit");
      throw py::error_already_set();
    }
    if (!check_not_forked()) throw py::error_already_set();
    OwnedTerm term;
    if (!to_reason(reason.ptr(), term.out())) throw py::error_already_set();
    detach(term.get());
  });
}

uint64_t current_run() { return g_run; }

}  // namespace rsp::python
