// Registry: resprout/registry.h for Python. Keys and values are those that have a term.
#include "python/native/registries.hpp"

#include "python/native/arguments.hpp"
#include "python/native/caller.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"
#include "resprout/registry.h"

namespace rsp::python {
namespace {

/** A registry by its name, and a key; what cannot be either is an error that is thrown. */
class Entry {
 public:
  explicit Entry(const py::object& name) : name_(name) {
    if (!to_name(name.ptr(), &registry)) throw py::error_already_set();
  }
  Entry(const py::object& name, const py::object& key) : Entry(name) {
    if (!to_term(key.ptr(), "key", key_.out())) throw py::error_already_set();
  }

  rsp_term key() const { return key_.get(); }

  /** What a call about it came to, which must be good. */
  void check_result(rsp_result result) const {
    if (result == RSP_OK) return;
    if (result == RSP_ENONAME) {
      PyErr_Format(state().BadArgument, "no registry of the name '%U' runs", name_.ptr());
    } else if (result == RSP_EINVAL) {
      // All else has been looked at.
      PyErr_Format(state().BadArgument, "the keys of the registry '%U' are not unique: lookup finds all",
                   name_.ptr());
    } else {
      raise_result(result);
    }
    throw py::error_already_set();
  }

  rsp_atom registry;

 private:
  const py::object& name_;
  OwnedTerm key_;
};

// ---- The calling process ----

void registry_register(const py::object& name, const py::object& key, const py::object& value) {
  const Entry entry(name, key);
  const TermOf kept(value, "value");
  rsp_pid holder;
  const rsp_result result =
      rsp_registry_register(caller_of(), &holder, entry.registry, entry.key(), kept.get());
  if (result != RSP_ENAMETAKEN) return entry.check_result(result);
  const py::object pid = made(new_pid(holder));
  const py::object error = made(PyObject_CallOneArg(state().AlreadyRegistered, pid.ptr()));
  PyErr_SetObject(state().AlreadyRegistered, error.ptr());
  throw py::error_already_set();
}

void registry_unregister(const py::object& name, const py::object& key) {
  const Entry entry(name, key);
  entry.check_result(rsp_registry_unregister(caller_of(), entry.registry, entry.key()));
}

/** -> what it was */
py::object registry_update_value(const py::object& name, const py::object& key, const py::object& value) {
  const Entry entry(name, key);
  const TermOf next(value, "value");
  OwnedTerm old;
  const rsp_result result =
      rsp_registry_update_value(caller_of(), old.out(), entry.registry, entry.key(), next.get());
  if (result == RSP_EMISMATCH) {
    PyErr_Format(state().BadArgument, "the calling process does not have the key %R", key.ptr());
    throw py::error_already_set();
  }
  entry.check_result(result);
  return made(from_term(old.get()));
}

// ---- Anybody ----

/** -> [(Pid, value)] */
py::object registry_lookup(const py::object& name, const py::object& key) {
  const Entry entry(name, key);
  OwnedTerm found;
  entry.check_result(rsp_registry_lookup(found.out(), entry.registry, entry.key()));
  return made(from_term(found.get()));
}

/** -> [(Pid, value)] */
py::object registry_match(const py::object& name, const py::object& key, const py::object& pattern) {
  const Entry entry(name, key);
  const TermOf wanted(pattern, "pattern");
  OwnedTerm found;
  entry.check_result(rsp_registry_match(found.out(), entry.registry, entry.key(), wanted.get()));
  return made(from_term(found.get()));
}

/** -> Pid or None */
py::object registry_whereis(const py::object& name, const py::object& key) {
  const Entry entry(name, key);
  rsp_pid pid;
  entry.check_result(rsp_registry_whereis(&pid, entry.registry, entry.key()));
  return pid.id == 0 ? py::object(py::none()) : made(new_pid(pid));
}

/** -> [key] */
py::object registry_keys(const py::object& name, const py::object& of) {
  const Entry entry(name);
  rsp_pid pid;
  if (!get_pid(of.ptr(), &pid)) throw py::error_already_set();
  OwnedTerm keys;
  entry.check_result(rsp_registry_keys(keys.out(), entry.registry, pid));
  return made(from_term(keys.get()));
}

uint64_t registry_count(const py::object& name) {
  const Entry entry(name);
  uint64_t count = 0;
  entry.check_result(rsp_registry_count(&count, entry.registry));
  return count;
}

/** -> (value,) or None */
py::object registry_meta(const py::object& name, const py::object& key) {
  const Entry entry(name, key);
  OwnedTerm value;
  const rsp_result result = rsp_registry_meta(value.out(), entry.registry, entry.key());
  if (result == RSP_EMISMATCH) return py::none();
  entry.check_result(result);
  return py::make_tuple(made(from_term(value.get())));
}

void registry_put_meta(const py::object& name, const py::object& key, const py::object& value) {
  const Entry entry(name, key);
  const TermOf kept(value, "value");
  entry.check_result(rsp_registry_put_meta(entry.registry, entry.key(), kept.get()));
}

void registry_delete_meta(const py::object& name, const py::object& key) {
  const Entry entry(name, key);
  entry.check_result(rsp_registry_delete_meta(entry.registry, entry.key()));
}

}  // namespace

void add_registries(py::module_& module) {
  module.def("registry_register", &registry_register, py::arg("name"), py::arg("key"), py::arg("value"));
  module.def("registry_unregister", &registry_unregister, py::arg("name"), py::arg("key"));
  module.def("registry_update_value", &registry_update_value, py::arg("name"), py::arg("key"),
             py::arg("value"));
  module.def("registry_lookup", &registry_lookup, py::arg("name"), py::arg("key"));
  module.def("registry_match", &registry_match, py::arg("name"), py::arg("key"), py::arg("pattern"));
  module.def("registry_whereis", &registry_whereis, py::arg("name"), py::arg("key"));
  module.def("registry_keys", &registry_keys, py::arg("name"), py::arg("pid"));
  module.def("registry_count", &registry_count, py::arg("name"));
  module.def("registry_meta", &registry_meta, py::arg("name"), py::arg("key"));
  module.def("registry_put_meta", &registry_put_meta, py::arg("name"), py::arg("key"), py::arg("value"));
  module.def("registry_delete_meta", &registry_delete_meta, py::arg("name"), py::arg("key"));
}

}  // namespace rsp::python
