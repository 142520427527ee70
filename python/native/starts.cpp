#include "python/native/starts.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/lanes.hpp"
#include "python/native/specs.hpp"
#include "python/native/state.hpp"
#include "resprout/run.h"

namespace rsp::python {
namespace {

/** Whose Python code starts something, and as whom it does so. */
struct Starter {
  PyProcess* process;
  rsp_self* self;
};

/** With a link or a monitor the process of this thread; without, nobody if it is a plain thread, so that the
 * runtime stops in order what it starts. */
Starter starter(bool is_related) {
  PyProcess* const process = caller();
  if (process == nullptr) throw py::error_already_set();
  return {process, is_related || !process->is_attached ? process->self : nullptr};
}

rsp_start_opts start_options(bool link, bool monitor, const py::object& timeout) {
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = link;
  opts.monitor = monitor;
  if (!to_timeout_ms(timeout.ptr(), &opts.timeout_ms)) throw py::error_already_set();
  return opts;
}

/** Runs `call(self)` as a wait of the starter. */
template <class Call>
rsp_result wait_for(const Starter& starter, Call&& call) {
  const Wait wait(*starter.process);
  return call(starter.self);
}

void check_start(rsp_result result, rsp_term error) {
  if (PyErr_Occurred() == nullptr && result == RSP_OK) return;
  if (PyErr_Occurred() == nullptr) raise_start_failure(result, error);
  throw py::error_already_set();
}

/** start_server(spec, link, monitor, timeout) -> Pid or (Pid, Ref) */
py::object start_server(const py::dict& spec, bool link, bool monitor, const py::object& timeout) {
  const Starter self = starter(link || monitor);
  rsp_start_opts opts = start_options(link, monitor, timeout);
  Specs specs;
  const rsp_start_spec start = specs.start(spec);
  specs.read_via(spec, &opts.via_registry, &opts.via_key);
  rsp_pid pid;
  rsp_ref ref;
  OwnedTerm error;
  const rsp_result result = wait_for(
      self, [&](rsp_self* me) { return rsp_server_start(me, &pid, &ref, error.out(), &start, &opts); });
  if (result != RSP_EINVAL) specs.hand_over();
  check_start(result, error.get());
  const py::object made = steal(new_pid(pid));
  return monitor ? py::make_tuple(made, steal(new_ref(ref))) : made;
}

/** start_supervisor(spec, link, timeout) -> Pid */
py::object start_supervisor(const py::dict& spec, bool link, const py::object& timeout) {
  const Starter self = starter(link);
  const rsp_start_opts opts = start_options(link, false, timeout);
  Specs specs;
  const rsp_supervisor_spec start = specs.supervisor(spec);
  rsp_pid pid;
  OwnedTerm error;
  const rsp_result result = wait_for(
      self, [&](rsp_self* me) { return rsp_supervisor_start_spec(me, &pid, error.out(), &start, &opts); });
  if (result != RSP_EINVAL) specs.hand_over();
  check_start(result, error.get());
  return steal(new_pid(pid));
}

/** run(spec, stop_timeout, handle_signals, notify) -> status. Of a thread that serves no lane. */
int run(const py::dict& spec, const py::object& stop_timeout, bool handle_signals, bool notify) {
  rsp_run_opts opts = RSP_RUN_OPTS_INIT;
  opts.handle_signals = handle_signals;
  opts.notify = notify;
  if (!to_timeout_ms(stop_timeout.ptr(), &opts.stop_timeout_ms)) throw py::error_already_set();
  Specs specs;
  const rsp_supervisor_spec top = specs.supervisor(spec);
  int status = 1;
  OwnedTerm reason;
  rsp_result result;
  {
    const Unlocked unlocked;
    result = rsp_run(&status, reason.out(), &top, &opts);
  }
  if (result != RSP_EINVAL) specs.hand_over();
  serve_others();
  // The code of some process does not return: the stop of the runtime goes on with that.
  if (result != RSP_ETIMEDOUT) check_start(result, reason.get());
  return status;
}

void init_stop(int status) {
  if (!check(rsp_init_stop(status))) throw py::error_already_set();
}

/** By the process whose callback calls. `where`: what RSP_EINVAL means. */
void say_of_start(rsp_result (*say)(rsp_self*), const char* where) {
  const PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  const rsp_result result = say(self->self);
  if (result == RSP_EINVAL || result == RSP_EALREADY) {
    PyErr_SetString(state().WrongContext, result == RSP_EINVAL ? where : "the start is over already");
    throw py::error_already_set();
  }
  if (!check(result)) throw py::error_already_set();
}

void init_ack_later() {
  say_of_start(&rsp_init_ack_later, "only the init of a GenServer or GenStatem says that its start goes on");
}

void init_ack() {
  say_of_start(&rsp_init_ack,
               "only a GenServer or GenStatem says that its start is over, between init and terminate");
}

}  // namespace

void add_starts(py::module_& module) {
  module.def("start_server", &start_server, py::arg("spec"), py::arg("link"), py::arg("monitor"),
             py::arg("timeout"));
  module.def("start_supervisor", &start_supervisor, py::arg("spec"), py::arg("link"), py::arg("timeout"));
  module.def("run", &run, py::arg("spec"), py::arg("stop_timeout"), py::arg("handle_signals"),
             py::arg("notify"));
  module.def("init_stop", &init_stop, py::arg("status"));
  module.def("init_ack_later", &init_ack_later);
  module.def("init_ack", &init_ack);
}

}  // namespace rsp::python
