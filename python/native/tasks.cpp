#include "python/native/tasks.hpp"

#include <memory>
#include <unordered_map>

#include "python/native/caller.hpp"
#include "python/native/copy.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/messages.hpp"
#include "python/native/specs.hpp"
#include "python/native/state.hpp"
#include "resprout/task.h"

namespace rsp::python {
namespace {

// ---- What a task runs ----

/** function(*args, **kwargs): its value is a Python object, since whoever has started it is Python. False: an error is set. */
bool run_function(PyObject* spec, rsp_server_return* ret) {
  const py::object value =
      steal(PyObject_Call(PyTuple_GET_ITEM(spec, 0), PyTuple_GET_ITEM(spec, 1), PyTuple_GET_ITEM(spec, 2)));
  PyObject* const copy = value ? copy_message(value.ptr()) : nullptr;
  ret->reply_native = copy == nullptr ? nullptr : new_payload(copy);
  if (ret->reply_native == nullptr) return false;
  ret->reply_ops = &payload_ops();
  return true;
}

rsp_next run(rsp_self* self, void* ctx, rsp_term, rsp_server_return* ret) {
  PyProcess process;
  process.pid = rsp_self_pid(self);
  add_python_process(process.pid);
  rsp_next next = RSP_NEXT_STOP;
  {
    const Turn turn(process, self);
    if (!run_function(static_cast<Payload*>(ctx)->object, ret)) next = raise_in_process(self);
  }
  remove_python_process(process.pid);
  return next;
}

struct TaskType {
  std::string name;
  rsp_server_ops ops{};
};

// ---- Owners ----

PyProcess& owner() {
  PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  return *self;
}

rsp_task task_of(const py::object& pid, const py::object& ref) {
  rsp_task task{};
  if (!get_pid(pid.ptr(), &task.pid) || !get_ref(ref.ptr(), &task.ref)) throw py::error_already_set();
  return task;
}

py::object new_task(const rsp_task& task) {
  return py::make_tuple(steal(new_pid(task.pid)), steal(new_ref(task.ref)));
}

uint64_t timeout_of(const py::object& timeout) {
  uint64_t timeout_ms = 0;
  if (!to_timeout_ms(timeout.ptr(), &timeout_ms)) throw py::error_already_set();
  return timeout_ms;
}

/** ("ok", value), ("exit", reason), or None where nothing has come. Where a signal handler raised as it came it goes back to the
 * mailbox. */
py::object outcome(const PyProcess& self, rsp_result result, rsp_msg* message) {
  const bool came = (result == RSP_OK || result == RSP_EEXITED) && message != nullptr;
  if (PyErr_Occurred() != nullptr) {
    const ErrorAside aside;
    if (came && rsp_put_back(self.self, message) != RSP_OK) rsp_msg_free(message);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (came) {
    const py::object value = steal(content_of(message));
    rsp_msg_free(message);
    if (!value) throw py::error_already_set();
    return py::make_tuple(result == RSP_OK ? "ok" : "exit", value);
  }
  if (result == RSP_EINVAL) {
    PyErr_SetString(state().BadArgument, "badarg: the task is over: its outcome was taken before");
    throw py::error_already_set();
  }
  if (result != RSP_OK && result != RSP_ETIMEDOUT && !check(result)) throw py::error_already_set();
  return py::none();
}

/** task_async(spec) -> (Pid, Ref) */
py::object task_async(const py::dict& spec) {
  const PyProcess& self = owner();
  Specs specs;
  const rsp_start_spec start = specs.start(spec);
  rsp_task task{};
  const rsp_result result = rsp_task_async(self.self, &task, &start);
  if (result != RSP_EINVAL) specs.hand_over();
  if (!check(result)) throw py::error_already_set();
  return new_task(task);
}

/** task_supervisor_async(supervisor, spec, link) -> (Pid, Ref) */
py::object task_supervisor_async(const py::object& supervisor, const py::dict& spec, bool link) {
  rsp_pid pid;
  if (!get_pid(supervisor.ptr(), &pid)) throw py::error_already_set();
  PyProcess& self = owner();
  Specs specs;
  const rsp_start_spec start = specs.start(spec);
  rsp_task task{};
  OwnedTerm error;
  rsp_result result;
  {
    const Wait wait(self);
    result = link ? rsp_task_supervisor_async(self.self, &task, error.out(), pid, &start)
                  : rsp_task_supervisor_async_nolink(self.self, &task, error.out(), pid, &start);
  }
  if (result != RSP_EINVAL) specs.hand_over();
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (result != RSP_OK) {
    raise_start_failure(result, error.get());
    throw py::error_already_set();
  }
  return new_task(task);
}

/** task_yield(pid, ref, timeout, give_up): None at the timeout; give_up: nothing of the task comes later. */
py::object task_yield(const py::object& pid, const py::object& ref, const py::object& timeout, bool give_up) {
  const rsp_task task = task_of(pid, ref);
  const uint64_t timeout_ms = timeout_of(timeout);
  PyProcess& self = owner();
  rsp_msg* message = nullptr;
  rsp_result result;
  {
    const Wait wait(self);
    // An interrupted wait ends as at its timeout, and gives nothing up.
    result = rsp_task_yield(self.self, &message, task, timeout_ms);
  }
  if (result == RSP_ETIMEDOUT && give_up && PyErr_Occurred() == nullptr) {
    // It may have come since.
    result = rsp_task_yield(self.self, &message, task, 0);
    if (result == RSP_ETIMEDOUT) result = rsp_task_await(self.self, &message, nullptr, task, 0);
  }
  return outcome(self, result, message);
}

/** task_shutdown(pid, ref, how, timeout_ms): None if this has ended it. */
py::object task_shutdown(const py::object& pid, const py::object& ref, int how, uint64_t timeout_ms) {
  const rsp_task task = task_of(pid, ref);
  PyProcess& self = owner();
  rsp_msg* message = nullptr;
  rsp_result result;
  {
    const Wait wait(self);
    result = rsp_task_shutdown(self.self, &message, task, static_cast<rsp_shutdown>(how), timeout_ms);
  }
  return outcome(self, result, message);
}

/** task_ignore(pid, ref): None if nothing has come. */
py::object task_ignore(const py::object& pid, const py::object& ref) {
  const rsp_task task = task_of(pid, ref);
  const PyProcess& self = owner();
  rsp_msg* message = nullptr;
  const rsp_result result = rsp_task_ignore(self.self, &message, task);
  return outcome(self, result, message);
}

// ---- Streams ----

rsp_task_stream stream_of(const py::object& pid, const py::object& owner_pid) {
  rsp_task_stream stream{};
  if (!get_pid(pid.ptr(), &stream.pid) || !get_pid(owner_pid.ptr(), &stream.owner))
    throw py::error_already_set();
  return stream;
}

/** task_async_stream(max_concurrency, timeout, ordered, link, kill_task, supervisor) -> (Pid, the owner's) */
py::object task_async_stream(uint64_t max_concurrency, const py::object& timeout, bool ordered, bool link,
                             bool kill_task, const py::object& supervisor) {
  rsp_task_stream_opts opts = RSP_TASK_STREAM_OPTS_INIT;
  opts.max_concurrency = max_concurrency;
  opts.timeout_ms = timeout_of(timeout);
  opts.ordered = ordered;
  opts.link = link;
  opts.kill_task = kill_task;
  if (!supervisor.is_none() && !get_pid(supervisor.ptr(), &opts.supervisor)) throw py::error_already_set();
  rsp_task_stream stream{};
  if (!check(rsp_task_async_stream(owner().self, &stream, &opts))) throw py::error_already_set();
  return py::make_tuple(steal(new_pid(stream.pid)), steal(new_pid(stream.owner)));
}

/** task_stream_next(pid, owner) -> ("ok", value), ("exit", reason), ("wants", None), ("failed", reason), or None: done. */
py::object task_stream_next(const py::object& pid, const py::object& owner_pid) {
  const rsp_task_stream stream = stream_of(pid, owner_pid);
  PyProcess& self = owner();
  rsp_task_stream_event event{};
  rsp_msg* message = nullptr;
  rsp_result result;
  {
    const Wait wait(self);
    result = rsp_task_stream_next(self.self, &event, &message, stream);
  }
  if (PyErr_Occurred() != nullptr) {
    // Interrupted: the stream is over with that, and nothing of it may stay in the mailbox.
    if (message != nullptr) rsp_msg_free(message);
    throw py::error_already_set();
  }
  if (result == RSP_OK && event == RSP_TASK_STREAM_WANTS) return py::make_tuple("wants", py::none());
  if (result == RSP_EEXITED) return py::make_tuple("failed", outcome(self, result, message)[py::int_(1)]);
  if (result == RSP_OK && event == RSP_TASK_STREAM_EXIT) result = RSP_EEXITED;
  return outcome(self, result, message);
}

/** task_stream_supply(pid, owner, spec) */
void task_stream_supply(const py::object& pid, const py::object& owner_pid, const py::dict& spec) {
  const rsp_task_stream stream = stream_of(pid, owner_pid);
  const PyProcess& self = owner();
  Specs specs;
  const rsp_start_spec start = specs.start(spec);
  const rsp_result result = rsp_task_stream_supply(self.self, stream, &start);
  if (result != RSP_EINVAL) specs.hand_over();
  if (!check(result)) throw py::error_already_set();
}

/** task_stream_end_input(pid, owner) */
void task_stream_end_input(const py::object& pid, const py::object& owner_pid) {
  const rsp_task_stream stream = stream_of(pid, owner_pid);
  if (!check(rsp_task_stream_end_input(owner().self, stream))) throw py::error_already_set();
}

/** task_stream_halt(pid, owner) */
void task_stream_halt(const py::object& pid, const py::object& owner_pid) {
  const rsp_task_stream stream = stream_of(pid, owner_pid);
  PyProcess& self = owner();
  rsp_result result;
  {
    const Wait wait(self);
    result = rsp_task_stream_halt(self.self, stream);
  }
  if (PyErr_Occurred() != nullptr || !check(result)) throw py::error_already_set();
}

}  // namespace

const rsp_server_ops* task_ops(const std::string& name) {
  // As many as there are functions: what reports call a task must live for ever.
  static auto* const known = new std::unordered_map<std::string, std::unique_ptr<TaskType>>;
  std::unique_ptr<TaskType>& type = (*known)[name];
  if (type == nullptr) {
    type = std::make_unique<TaskType>();
    type->name = name;
    type->ops.size = sizeof type->ops;
    type->ops.name = type->name.c_str();
    type->ops.run = &run;
  }
  return &type->ops;
}

void add_tasks(py::module_& module) {
  module.def("task_async", &task_async, py::arg("spec"));
  module.def("task_supervisor_async", &task_supervisor_async, py::arg("supervisor"), py::arg("spec"),
             py::arg("link"));
  module.def("task_yield", &task_yield, py::arg("pid"), py::arg("ref"), py::arg("timeout").none(true),
             py::arg("give_up"));
  module.def("task_shutdown", &task_shutdown, py::arg("pid"), py::arg("ref"), py::arg("how"),
             py::arg("timeout_ms"));
  module.def("task_ignore", &task_ignore, py::arg("pid"), py::arg("ref"));
  module.def("task_async_stream", &task_async_stream, py::arg("max_concurrency"),
             py::arg("timeout").none(true), py::arg("ordered"), py::arg("link"), py::arg("kill_task"),
             py::arg("supervisor").none(true));
  module.def("task_stream_next", &task_stream_next, py::arg("pid"), py::arg("owner"));
  module.def("task_stream_supply", &task_stream_supply, py::arg("pid"), py::arg("owner"), py::arg("spec"));
  module.def("task_stream_end_input", &task_stream_end_input, py::arg("pid"), py::arg("owner"));
  module.def("task_stream_halt", &task_stream_halt, py::arg("pid"), py::arg("owner"));
}

}  // namespace rsp::python
