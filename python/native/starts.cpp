#include "python/native/starts.hpp"

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/specs.hpp"

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

}  // namespace

void add_starts(py::module_& module) {
  module.def("start_server", &start_server, py::arg("spec"), py::arg("link"), py::arg("monitor"),
             py::arg("timeout"));
  module.def("start_supervisor", &start_supervisor, py::arg("spec"), py::arg("link"), py::arg("timeout"));
}

}  // namespace rsp::python
