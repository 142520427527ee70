// Ets: resprout/ets.h for Python. Keys and values are those that have a term.
#include "python/native/tables.hpp"

#include "python/native/arguments.hpp"
#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/state.hpp"
#include "resprout/ets.h"

namespace rsp::python {
namespace {

/** A table, and who calls: a process, or a thread that is none. */
struct Table {
  explicit Table(const py::object& ref) {
    PyProcess* process = nullptr;
    if (!get_ref(ref.ptr(), &table) || !caller_or_none(&process)) throw py::error_already_set();
    if (process != nullptr) self = process->self;
  }

  rsp_ref table;
  rsp_self* self = nullptr;
};

void check(rsp_result result) {
  if (result == RSP_OK) return;
  raise_result(result);
  throw py::error_already_set();
}

py::object to_python(const OwnedTerm& term) { return made(from_term(term.get())); }

/** -> (value,), or None: there is no such key */
py::object found(rsp_result result, const OwnedTerm& value) {
  if (result == RSP_EMISMATCH) return py::none();
  check(result);
  return py::make_tuple(to_python(value));
}

/** A pid, or None. */
rsp_pid heir_of(const py::object& heir) {
  rsp_pid pid{0, 0, 0};
  if (!heir.is_none() && !get_pid(heir.ptr(), &pid)) throw py::error_already_set();
  return pid;
}

// ---- Whose it is ----

/** -> Ref */
py::object ets_new(const py::object& name, int access, const py::object& heir, const py::object& heir_data) {
  rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
  const TermOf data(heir_data, "heir_data");
  if (!name.is_none() && !to_name(name.ptr(), &opts.name)) throw py::error_already_set();
  opts.access = static_cast<rsp_ets_access>(access);
  opts.heir = heir_of(heir);
  opts.heir_data = data.get();
  rsp_ref table;
  const rsp_result result = rsp_ets_new(caller_of(), &table, &opts);
  if (result == RSP_ENAMETAKEN) {
    PyErr_Format(state().BadArgument, "a table of the name '%U' is there", name.ptr());
    throw py::error_already_set();
  }
  if (result == RSP_ELIMIT) {
    PyErr_SetString(state().SystemLimit, "system_limit: as many tables live as there can be");
    throw py::error_already_set();
  }
  check(result);
  return made(new_ref(table));
}

/** -> Ref or None */
py::object ets_whereis(const py::object& name) {
  rsp_atom atom;
  if (!to_name(name.ptr(), &atom)) throw py::error_already_set();
  rsp_ref table;
  check(rsp_ets_whereis(&table, atom));
  return table.len == 0 ? py::object(py::none()) : made(new_ref(table));
}

void ets_delete(const py::object& ref) {
  const Table it(ref);
  check(rsp_ets_delete(it.self, it.table));
}

void ets_give_away(const py::object& ref, const py::object& to, const py::object& data) {
  const Table it(ref);
  const TermOf gift(data, "data");
  rsp_pid pid;
  if (!get_pid(to.ptr(), &pid)) throw py::error_already_set();
  check(rsp_ets_give_away(caller_of(), it.table, pid, gift.get()));
}

void ets_set_heir(const py::object& ref, const py::object& heir, const py::object& data) {
  const Table it(ref);
  const TermOf given(data, "data");
  check(rsp_ets_set_heir(caller_of(), it.table, heir_of(heir), given.get()));
}

/** -> a dict, or None: it is over */
py::object ets_info(const py::object& ref) {
  const Table it(ref);
  OwnedTerm info;
  const rsp_result result = rsp_ets_info(info.out(), it.table);
  if (result == RSP_ENOTABLE) return py::none();
  check(result);
  return to_python(info);
}

// ---- What is in it ----

void ets_insert(const py::object& ref, const py::object& key, const py::object& value) {
  const Table it(ref);
  const TermOf under(key, "key");
  const TermOf kept(value, "value");
  check(rsp_ets_insert(it.self, it.table, under.get(), kept.get()));
}

bool ets_insert_new(const py::object& ref, const py::object& key, const py::object& value) {
  const Table it(ref);
  const TermOf under(key, "key");
  const TermOf kept(value, "value");
  bool inserted = false;
  check(rsp_ets_insert_new(it.self, &inserted, it.table, under.get(), kept.get()));
  return inserted;
}

py::object ets_lookup(const py::object& ref, const py::object& key) {
  const Table it(ref);
  const TermOf under(key, "key");
  OwnedTerm value;
  const rsp_result result = rsp_ets_lookup(it.self, value.out(), it.table, under.get());
  return found(result, value);
}

bool ets_member(const py::object& ref, const py::object& key) {
  const Table it(ref);
  const TermOf under(key, "key");
  bool is_there = false;
  check(rsp_ets_member(it.self, &is_there, it.table, under.get()));
  return is_there;
}

py::object ets_take(const py::object& ref, const py::object& key) {
  const Table it(ref);
  const TermOf under(key, "key");
  OwnedTerm value;
  const rsp_result result = rsp_ets_take(it.self, value.out(), it.table, under.get());
  return found(result, value);
}

void ets_delete_key(const py::object& ref, const py::object& key) {
  const Table it(ref);
  const TermOf under(key, "key");
  check(rsp_ets_delete_key(it.self, it.table, under.get()));
}

/** `initial`: an int, or None. */
int64_t ets_update_counter(const py::object& ref, const py::object& key, int64_t increment,
                           const py::object& initial) {
  const Table it(ref);
  const TermOf under(key, "key");
  const int64_t first = initial.is_none() ? 0 : initial.cast<int64_t>();
  int64_t sum = 0;
  const rsp_result result = rsp_ets_update_counter(it.self, &sum, it.table, under.get(), increment,
                                                   initial.is_none() ? nullptr : &first);
  const char* text = nullptr;
  if (result == RSP_EMISMATCH) text = "there is no key %R to count (initial= makes one)";
  if (result == RSP_ETYPE) text = "the value of the key %R is no int";
  if (result == RSP_ELIMIT) text = "the sum for the key %R does not fit into 64 bits: nothing was changed";
  if (text == nullptr) {
    check(result);
    return sum;
  }
  PyErr_Format(state().BadArgument, text, key.ptr());
  throw py::error_already_set();
}

/** -> (key, value), or None: there is none */
py::object pair_of(rsp_result result, const OwnedTerm& key, const OwnedTerm& value) {
  if (result == RSP_EMISMATCH) return py::none();
  check(result);
  return py::make_tuple(to_python(key), to_python(value));
}

py::object ets_first(const py::object& ref) {
  const Table it(ref);
  OwnedTerm key;
  OwnedTerm value;
  const rsp_result result = rsp_ets_first(it.self, key.out(), value.out(), it.table);
  return pair_of(result, key, value);
}

py::object ets_next(const py::object& ref, const py::object& behind) {
  const Table it(ref);
  const TermOf from(behind, "key");
  OwnedTerm key;
  OwnedTerm value;
  const rsp_result result = rsp_ets_next(it.self, key.out(), value.out(), it.table, from.get());
  return pair_of(result, key, value);
}

/** -> [(key, value)] */
py::object ets_tab2list(const py::object& ref) {
  const Table it(ref);
  OwnedTerm list;
  check(rsp_ets_tab2list(it.self, list.out(), it.table));
  return to_python(list);
}

}  // namespace

void add_tables(py::module_& module) {
  module.def("ets_new", &ets_new, py::arg("name"), py::arg("access"), py::arg("heir"), py::arg("heir_data"));
  module.def("ets_whereis", &ets_whereis, py::arg("name"));
  module.def("ets_delete", &ets_delete, py::arg("table"));
  module.def("ets_give_away", &ets_give_away, py::arg("table"), py::arg("to"), py::arg("data"));
  module.def("ets_set_heir", &ets_set_heir, py::arg("table"), py::arg("heir"), py::arg("data"));
  module.def("ets_info", &ets_info, py::arg("table"));
  module.def("ets_insert", &ets_insert, py::arg("table"), py::arg("key"), py::arg("value"));
  module.def("ets_insert_new", &ets_insert_new, py::arg("table"), py::arg("key"), py::arg("value"));
  module.def("ets_lookup", &ets_lookup, py::arg("table"), py::arg("key"));
  module.def("ets_member", &ets_member, py::arg("table"), py::arg("key"));
  module.def("ets_take", &ets_take, py::arg("table"), py::arg("key"));
  module.def("ets_delete_key", &ets_delete_key, py::arg("table"), py::arg("key"));
  module.def("ets_update_counter", &ets_update_counter, py::arg("table"), py::arg("key"),
             py::arg("increment"), py::arg("initial"));
  module.def("ets_first", &ets_first, py::arg("table"));
  module.def("ets_next", &ets_next, py::arg("table"), py::arg("key"));
  module.def("ets_tab2list", &ets_tab2list, py::arg("table"));
}

}  // namespace rsp::python
