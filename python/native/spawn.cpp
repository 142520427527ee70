#include "python/native/spawn.hpp"

#include <memory>

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/lanes.hpp"
#include "python/native/limits.hpp"
#include "python/native/messages.hpp"

namespace rsp::python {
namespace {

/** The state of a process that was spawned. */
struct Function {
  PyProcess process;
  py::object function;
  py::object args;    // of a handler: (state,)
  py::object kwargs;  // or nullptr
  py::object lane;    // an OwnLane, or None
};

/** Any thread, but in practice the lane's: the process is on it. */
void free_function(void* state) {
  const std::unique_ptr<Function> function(static_cast<Function*>(state));
  remove_python_process(function->process.pid);
}

rsp_next run(PyProcess& process, rsp_self* self, const py::object& function, const py::object& args,
             const py::object& kwargs) {
  const Turn turn(process, self);
  const py::object result = steal(PyObject_Call(function.ptr(), args.ptr(), kwargs.ptr()));
  return result ? RSP_NEXT_STOP : raise_in_process(self);
}

/** The whole life of a function process. */
rsp_next run_function(rsp_self* self, rsp_msg*, void* state) {
  Function& function = *static_cast<Function*>(state);
  // The function and its arguments are given up as the call begins: what it holds is all that lives.
  const py::object code = std::move(function.function);
  const py::object args = std::move(function.args);
  return run(function.process, self, code, args, function.kwargs);
}

rsp_next ignore(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

/** state = function(state, message) */
rsp_next handle(rsp_self* self, rsp_msg* message, void* state) {
  Function& function = *static_cast<Function*>(state);
  const Turn turn(function.process, self);
  const py::object value = steal(message_to_python(message));
  py::object args =
      value ? steal(PyTuple_Pack(2, PyTuple_GET_ITEM(function.args.ptr(), 0), value.ptr())) : value;
  if (!args) return raise_in_process(self);
  const py::object next = steal(PyObject_CallObject(function.function.ptr(), args.ptr()));
  if (!next) return raise_in_process(self);
  args = steal(PyTuple_Pack(1, next.ptr()));
  if (!args) return raise_in_process(self);
  function.args = std::move(args);
  return RSP_NEXT_CONTINUE;
}

/** spawn(function, args, kwargs, handler, link, monitor, trap_exit, lane, limits) -> Pid or (Pid, Ref) */
py::object spawn(py::object function, py::object args, py::object kwargs, bool is_handler, bool link,
                 bool monitor, bool trap, py::object lane, const py::tuple& limits) {
  PyProcess* self = nullptr;
  if (link || monitor) {
    self = caller();
    if (self == nullptr) throw py::error_already_set();
  } else {
    if (!caller_or_none(&self)) throw py::error_already_set();
    if (self != nullptr && self->is_attached) self = nullptr;  // nobody's: stopped in order with the runtime
  }
  rsp_spawn_opts opts = RSP_SPAWN_OPTS_INIT;
  opts.link = link;
  opts.monitor = monitor;
  opts.trap_exit = trap;
  opts.start = is_handler ? nullptr : &run_function;
  read_limits(limits, &opts);
  opts.lane = lane_for(lane);
  if (opts.lane == nullptr) throw py::error_already_set();
  auto state = std::make_unique<Function>();
  state->function = std::move(function);
  state->args = std::move(args);
  if (!kwargs.is_none()) state->kwargs = std::move(kwargs);
  state->lane = std::move(lane);
  rsp_pid pid;
  rsp_ref ref;
  const rsp_result result = rsp_spawn(self == nullptr ? nullptr : self->self, &pid, &ref, &opts,
                                      is_handler ? &handle : &ignore, state.get(), &free_function);
  if (!check(result)) throw py::error_already_set();
  // It cannot have run yet: its lane needs the lock.
  Function* const spawned = state.release();
  spawned->process.pid = pid;
  add_python_process(pid);
  py::object made = steal(new_pid(pid));
  if (monitor) made = py::make_tuple(made, steal(new_ref(ref)));
  return made;
}

}  // namespace

void add_spawn(py::module_& module) {
  module.def("spawn", &spawn, py::arg("function"), py::arg("args"), py::arg("kwargs").none(true),
             py::arg("handler"), py::arg("link"), py::arg("monitor"), py::arg("trap_exit"),
             py::arg("lane").none(true), py::arg("limits"));
}

rsp_next run_child_function(rsp_self* self, rsp_msg* message, void* ctx) {
  if (message != nullptr) return RSP_NEXT_CONTINUE;  // it has returned, and ends
  const py::object spec = borrow(static_cast<Payload*>(ctx)->object);
  PyProcess process;
  process.pid = rsp_self_pid(self);
  add_python_process(process.pid);
  rsp_next next;
  {
    const py::object function = borrow(PyTuple_GET_ITEM(spec.ptr(), 0));
    const py::object args = borrow(PyTuple_GET_ITEM(spec.ptr(), 1));
    const py::object kwargs = borrow(PyTuple_GET_ITEM(spec.ptr(), 2));
    next = run(process, self, function, args, kwargs);
  }
  remove_python_process(process.pid);
  return next;
}

}  // namespace rsp::python
