#include "python/native/specs.hpp"

#include <unordered_map>

#include "python/native/agents.hpp"
#include "python/native/applications.hpp"
#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/lanes.hpp"
#include "python/native/limits.hpp"
#include "python/native/server.hpp"
#include "python/native/spawn.hpp"
#include "python/native/start_function.hpp"
#include "python/native/state.hpp"
#include "python/native/statem.hpp"
#include "python/native/tasks.hpp"
#include "python/native/terms.hpp"
#include "resprout/event.h"
#include "resprout/pg.h"

namespace rsp::python {
namespace {

rsp_atom name_of(const py::dict& from) {
  rsp_atom name{0};
  const py::object text = from["name"];
  if (!text.is_none() && !to_name(text.ptr(), &name)) throw py::error_already_set();
  return name;
}

/** Whether a class of servers is one of state machines. */
bool is_statem(const py::object& server_class) {
  return PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(server_class.ptr()),
                          reinterpret_cast<PyTypeObject*>(state().GenStatem)) != 0;
}

/** What callback supervisors have returned, until the runtime has copied it. */
std::unordered_map<const rsp_supervisor_init*, std::unique_ptr<Specs>>& returned() {
  static auto* const all = new std::unordered_map<const rsp_supervisor_init*, std::unique_ptr<Specs>>;
  return *all;
}

bool run_init(PyObject* spec, rsp_term more, rsp_supervisor_init* out) {
  try {
    const py::object args = steal(join_args(PyTuple_GET_ITEM(spec, 1), more));
    if (!args) return false;
    const py::object result =
        steal(PyObject_CallFunctionObjArgs(state().read_supervisor_init, PyTuple_GET_ITEM(spec, 0),
                                           args.ptr(), PyTuple_GET_ITEM(spec, 2), nullptr));
    if (!result) return false;
    if (result.is_none()) {
      out->ignore = true;
      return true;
    }
    if (!PyDict_Check(result.ptr())) {  // (what init returned,)
      out->bad_return = true;
      return to_reason(PyTuple_GET_ITEM(result.ptr(), 0), &out->bad_value);
    }
    auto specs = std::make_unique<Specs>();
    const py::dict all = result;
    out->opts = specs->options(all);
    const std::vector<rsp_child_spec>& children = specs->children(all["children"]);
    out->children = children.data();
    out->child_count = children.size();
    specs->hand_over();
    returned()[out] = std::move(specs);
    return true;
  } catch (py::error_already_set& error) {
    error.restore();
    return false;
  }
}

rsp_next supervisor_init(rsp_self* self, void* ctx, rsp_term more, rsp_supervisor_init* out) {
  PyProcess process;
  process.pid = rsp_self_pid(self);
  rsp_next next = RSP_NEXT_CONTINUE;
  {
    const Turn turn(process, self);
    if (!run_init(static_cast<Payload*>(ctx)->object, more, out)) next = raise_in_process(self);
  }
  return next;
}

void supervisor_init_done(void*, rsp_supervisor_init* out) { returned().erase(out); }

}  // namespace

Specs::~Specs() {
  // Not drop_payload: a thread that is no process has no lane to leave them to, and no runtime need run.
  const ErrorAside aside;
  for (Payload* const context : contexts_) Py_DECREF(take_object(context));
  for (const rsp_start_spec& spec : made_) spec.ctx_free(spec.ctx);
  if (!made_.empty()) give_back_dropped();  // what these have left to a lane
}

const char* Specs::keep(const py::handle& text) {
  texts_.push_back(text.cast<std::string>());
  return texts_.back().c_str();
}

Payload* Specs::context(const py::object& object) {
  Payload* const payload = new_payload(Py_NewRef(object.ptr()));
  if (payload == nullptr) throw py::error_already_set();
  contexts_.push_back(payload);
  return payload;
}

rsp_term Specs::term(const py::handle& value, const char* what) {
  OwnedTerm& term = terms_.emplace_back();
  if (!to_term(value.ptr(), what, term.out())) throw py::error_already_set();
  return term.get();
}

py::object Specs::own_lane(const py::object& make) const {
  return make.is_none() || purpose_ == Purpose::CHECK ? py::object(py::none()) : make();
}

rsp_lane* Specs::lane_of(const py::object& own) const {
  if (purpose_ == Purpose::CHECK) return nullptr;
  rsp_lane* const lane = lane_for(own);
  if (lane == nullptr) throw py::error_already_set();
  return lane;
}

rsp_start_spec Specs::agent(const py::dict& from) {
  const py::object lane = own_lane(from["lane"]);
  rsp_agent_opts opts = RSP_AGENT_OPTS_INIT;
  opts.name = name_of(from);
  opts.init = &agent_init;
  opts.ctx = context(py::make_tuple(from["function"], from["args"], from["kwargs"], lane));
  opts.ctx_free = &drop_payload;
  rsp_start_spec spec;
  if (!check(rsp_agent_spec(&spec, &opts))) throw py::error_already_set();
  contexts_.pop_back();
  made_.push_back(spec);
  spec.lane = lane_of(lane);
  read_limits(from["limits"], &spec);
  return spec;
}

rsp_start_spec Specs::registry(const py::dict& from) {
  rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
  opts.name = name_of(from);
  opts.keys = static_cast<rsp_registry_kind>(from["keys"].cast<int>());
  std::vector<rsp_atom> listeners;
  for (const py::handle each : from["listeners"].cast<py::list>()) {
    if (!to_name(each.ptr(), &listeners.emplace_back())) throw py::error_already_set();
  }
  opts.listeners = listeners.data();
  opts.listener_count = listeners.size();
  rsp_start_spec spec;
  if (!check(rsp_registry_spec(&spec, &opts))) throw py::error_already_set();
  made_.push_back(spec);
  return spec;
}

rsp_start_spec Specs::scope(const py::dict& from) {
  rsp_start_spec spec;
  if (!check(rsp_pg_spec(&spec, name_of(from)))) throw py::error_already_set();
  return spec;
}

/** `like`: its name and limits. Handlers of Python run in it, so it runs on a lane. */
rsp_start_spec Specs::event_manager(rsp_start_spec like, const py::object& lane) {
  rsp_start_spec spec;
  if (!check(rsp_event_spec(&spec, like.name))) throw py::error_already_set();
  like.ops = spec.ops;
  like.lane = lane_of(lane);
  like.ctx = context(lane);  // which keeps the lane
  like.ctx_free = &drop_payload;
  return like;
}

rsp_start_spec Specs::function(const py::dict& from) {
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function = &run_start_function;
  more.function_name = keep(from["module"]);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.more = &functions_.emplace_back(more);
  spec.lane = lane_of(py::none());
  spec.ctx = context(py::make_tuple(from["function"], from["args"], from["kwargs"]));
  spec.ctx_free = &drop_payload;
  return spec;
}

rsp_start_spec Specs::start(const py::dict& from) {
  const std::string kind = from["kind"].cast<std::string>();
  if (kind == "registry") return registry(from);
  if (kind == "agent") return agent(from);
  if (kind == "started_by") return function(from);
  if (kind == "scope") return scope(from);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.name = name_of(from);
  read_limits(from["limits"], &spec);
  if (kind == "native") {
    spec.library = keep(from["library"]);
    spec.symbol = keep(from["symbol"]);
    spec.args = term(from["args"], "args");
    spec.stall_ms = from["stall_ms"].cast<uint64_t>();
    spec.worker = from["worker"].cast<uint64_t>();
    return spec;
  }
  const py::object lane = own_lane(from["lane"]);
  if (kind == "event_manager") return event_manager(spec, lane);
  const py::object what = from[kind == "server" ? "server" : "function"];
  if (kind == "server") {
    spec.ops = is_statem(what) ? statem_ops(what.ptr()) : server_ops(what.ptr());
  } else if (kind == "task") {
    spec.ops = task_ops(from["task_type"].cast<std::string>());
  } else {
    spec.handler = &run_child_function;
  }
  spec.lane = lane_of(lane);
  spec.ctx = context(py::make_tuple(what, from["args"], from["kwargs"], lane));
  spec.ctx_free = &drop_payload;
  return spec;
}

void Specs::read_via(const py::dict& from, rsp_atom* registry, rsp_term* key) {
  const py::object via = from["via"];
  if (via.is_none()) return;
  if (!to_name(PyTuple_GET_ITEM(via.ptr(), 1), registry)) throw py::error_already_set();
  *key = term(borrow(PyTuple_GET_ITEM(via.ptr(), 2)), "key");
}

rsp_supervisor_opts Specs::options(const py::dict& from) {
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = static_cast<rsp_strategy>(from["strategy"].cast<int>());
  opts.auto_shutdown = from["auto_shutdown"].cast<uint64_t>();
  opts.max_restarts = from["max_restarts"].cast<int64_t>();
  opts.period_ms = from["period_ms"].cast<int64_t>();
  opts.max_children = from["max_children"].cast<uint64_t>();
  opts.extra_arguments = term(from["extra_arguments"], "extra_arguments");
  opts.name = name_of(from);
  return opts;
}

rsp_supervisor_spec Specs::supervisor(const py::dict& from) {
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.opts = options(from);
  spec.partitions = from["partitions"].cast<uint64_t>();
  spec.with_partition = from["with_partition"].cast<bool>() ? 1 : 0;
  if (const py::object module = from["module"]; !module.is_none()) spec.module = keep(module);
  if (const py::object init = from["init"]; !init.is_none()) {
    spec.init = &supervisor_init;
    spec.init_done = &supervisor_init_done;
    spec.lane = lane_of(py::none());
    spec.ctx = context(init);
    spec.ctx_free = &drop_payload;
    return spec;
  }
  const std::vector<rsp_child_spec>& list = children(from["children"]);
  spec.children = list.data();
  spec.child_count = list.size();
  return spec;
}

const rsp_backoff* Specs::backoff(const py::tuple& from) {
  rsp_backoff backoff = RSP_BACKOFF_INIT;
  backoff.min_ms = from[0].cast<uint64_t>();
  backoff.max_ms = from[1].cast<uint64_t>();
  backoff.factor = from[2].cast<double>();
  backoff.jitter = from[3].cast<double>();
  backoff.reset_after_ms = from[4].cast<uint64_t>();
  return &backoffs_.emplace_back(backoff);
}

rsp_child_spec Specs::child(const py::dict& from) {
  rsp_child_spec spec = RSP_CHILD_SPEC_INIT;
  spec.id = term(from["id"], "id");
  if (from["kind"].cast<std::string>() == "supervisor") {
    supervisors_.push_back(supervisor(from));
    spec.supervisor = &supervisors_.back();
  } else {
    spec.start = start(from);
    if (from.contains("via")) read_via(from, &spec.via_registry, &spec.via_key);
  }
  spec.restart = static_cast<rsp_restart>(from["restart"].cast<int>());
  spec.shutdown = static_cast<rsp_shutdown>(from["shutdown"].cast<int>());
  spec.shutdown_ms = from["shutdown_ms"].cast<uint64_t>();
  spec.type = static_cast<rsp_child_type>(from["type"].cast<int>());
  spec.significant = from["significant"].cast<bool>() ? 1 : 0;
  spec.fatal = from["fatal"].cast<bool>() ? 1 : 0;
  if (const py::object delay = from["backoff"]; !delay.is_none()) spec.backoff = backoff(delay);
  return spec;
}

const std::vector<rsp_child_spec>& Specs::children(const py::list& from) {
  std::vector<rsp_child_spec> list;
  for (const py::handle each : from) list.push_back(child(each.cast<py::dict>()));
  return lists_.emplace_back(std::move(list));
}

rsp_application_spec Specs::application(const py::dict& from) {
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = name_of(from);
  for (const py::handle each : from["applications"].cast<py::list>()) {
    if (!to_name(each.ptr(), &applications_.emplace_back())) throw py::error_already_set();
  }
  spec.applications = applications_.data();
  spec.application_count = applications_.size();
  if (const py::dict top = from["top"]; top["kind"].cast<std::string>() == "supervisor") {
    spec.supervisor = &supervisors_.emplace_back(supervisor(top));
  } else {
    spec.start = &starts_.emplace_back(start(top));
  }
  const py::object prep_stop = from["prep_stop"];
  const py::object stop = from["stop"];
  if (prep_stop.is_none() && stop.is_none()) return spec;
  if (!prep_stop.is_none()) spec.prep_stop = &run_prep_stop;
  if (!stop.is_none()) spec.stop = &run_stop;
  spec.lane = lane_of(py::none());
  spec.ctx = context(py::make_tuple(prep_stop, stop));
  spec.ctx_free = &drop_payload;
  return spec;
}

}  // namespace rsp::python
