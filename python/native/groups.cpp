// Scopes of process groups by their names. Names of groups are what has a term.
#include "python/native/groups.hpp"

#include <vector>

#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/terms.hpp"
#include "python/native/waits.hpp"
#include "resprout/pg.h"

namespace rsp::python {
namespace {

/** A scope by its name, and a group; what cannot be either is an error that is thrown. */
class Group {
 public:
  explicit Group(const py::object& scope) {
    if (!to_name(scope.ptr(), &this->scope)) throw py::error_already_set();
  }
  Group(const py::object& scope, const py::object& group) : Group(scope) {
    if (!to_term(group.ptr(), "group", group_.out())) throw py::error_already_set();
  }
  rsp_term get() const { return group_.get(); }

  rsp_atom scope{0};

 private:
  OwnedTerm group_;
};

py::object made(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return steal(object);
}

/** A call of the scope by the calling process: `call(self, reason_out)`. False: RSP_EMISMATCH. */
template <class Call>
bool ask(const py::object& scope, rsp_atom name, const Call& call) {
  PyProcess* const self = caller();
  if (self == nullptr) throw py::error_already_set();
  OwnedTerm reason;
  rsp_result result;
  {
    const WaitingFor edge(*self, rsp_whereis(name));
    const Wait wait(*self);
    result = call(self->self, reason.out());
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (result == RSP_OK || result == RSP_EMISMATCH) return result == RSP_OK;
  const py::object nothing = py::none();
  raise_call_failure(result, reason.get(), scope.ptr(), nothing.ptr(), nothing.ptr());
  throw py::error_already_set();
}

template <auto verb>
bool change(const py::object& scope, const py::object& group, const py::list& members) {
  const Group of(scope, group);
  std::vector<rsp_pid> pids;
  for (const py::handle member : members) {
    if (!get_pid(member.ptr(), &pids.emplace_back())) throw py::error_already_set();
  }
  return ask(scope, of.scope, [&](rsp_self* self, rsp_term* reason) {
    return verb(self, reason, of.scope, of.get(), pids.data(), pids.size());
  });
}

template <auto verb>
py::object members(const py::object& scope, const py::object& group) {
  const Group of(scope, group);
  OwnedTerm list;
  if (!check(verb(list.out(), of.scope, of.get()))) throw py::error_already_set();
  return made(from_term(list.get()));
}

py::object pg_which_groups(const py::object& scope) {
  const Group of(scope);
  OwnedTerm list;
  if (!check(rsp_pg_which_groups(list.out(), of.scope))) throw py::error_already_set();
  return made(from_term(list.get()));
}

/** -> (Ref, [Pid]) */
py::object pg_monitor(const py::object& scope, const py::object& group) {
  const Group of(scope, group);
  rsp_ref ref{};
  OwnedTerm now;
  ask(scope, of.scope, [&](rsp_self* self, rsp_term* reason) {
    return rsp_pg_monitor(self, &ref, now.out(), reason, of.scope, of.get());
  });
  return py::make_tuple(made(new_ref(ref)), made(from_term(now.get())));
}

/** -> (Ref, {group: [Pid]}) */
py::object pg_monitor_scope(const py::object& scope) {
  const Group of(scope);
  rsp_ref ref{};
  OwnedTerm now;
  ask(scope, of.scope, [&](rsp_self* self, rsp_term* reason) {
    return rsp_pg_monitor_scope(self, &ref, now.out(), reason, of.scope);
  });
  return py::make_tuple(made(new_ref(ref)), made(from_term(now.get())));
}

bool pg_demonitor(const py::object& scope, const py::object& of_monitor) {
  const Group of(scope);
  rsp_ref ref;
  if (!get_ref(of_monitor.ptr(), &ref)) throw py::error_already_set();
  return ask(scope, of.scope,
             [&](rsp_self* self, rsp_term* reason) { return rsp_pg_demonitor(self, reason, of.scope, ref); });
}

}  // namespace

void add_groups(py::module_& module) {
  module.def("pg_join", &change<&rsp_pg_join>, py::arg("scope"), py::arg("group"), py::arg("pids"));
  module.def("pg_leave", &change<&rsp_pg_leave>, py::arg("scope"), py::arg("group"), py::arg("pids"));
  module.def("pg_get_members", &members<&rsp_pg_get_members>, py::arg("scope"), py::arg("group"));
  module.def("pg_get_local_members", &members<&rsp_pg_get_local_members>, py::arg("scope"), py::arg("group"));
  module.def("pg_which_groups", &pg_which_groups, py::arg("scope"));
  module.def("pg_monitor", &pg_monitor, py::arg("scope"), py::arg("group"));
  module.def("pg_monitor_scope", &pg_monitor_scope, py::arg("scope"));
  module.def("pg_demonitor", &pg_demonitor, py::arg("scope"), py::arg("ref"));
}

}  // namespace rsp::python
