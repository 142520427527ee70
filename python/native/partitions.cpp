#include "python/native/partitions.hpp"

#include "python/native/errors.hpp"
#include "python/native/ids.hpp"
#include "python/native/state.hpp"
#include "python/native/terms.hpp"

namespace rsp::python {
namespace {

rsp_atom name_of(const py::object& name) {
  rsp_atom atom;
  if (!to_name(name.ptr(), &atom)) throw py::error_already_set();
  return atom;
}

void check_found(rsp_result result, const py::object& name) {
  if (result == RSP_ENONAME) {
    PyErr_Format(state().BadArgument, "no supervisor of partitions has the name '%U'", name.ptr());
  } else if (check(result)) {
    return;
  }
  throw py::error_already_set();
}

uint64_t partition_count(const py::object& name) {
  uint64_t count = 0;
  check_found(rsp_partition_count(&count, name_of(name)), name);
  return count;
}

/** -> Pid or None */
py::object partition_whereis(const py::object& name, const py::object& key) {
  const rsp_atom atom = name_of(name);
  OwnedTerm term;
  if (!to_term(key.ptr(), "key", term.out())) throw py::error_already_set();
  rsp_pid pid;
  check_found(rsp_partition_whereis(&pid, atom, term.get()), name);
  if (pid.id == 0) return py::none();
  PyObject* const found = new_pid(pid);
  if (found == nullptr) throw py::error_already_set();
  return steal(found);
}

}  // namespace

void add_partitions(py::module_& module) {
  module.def("partition_count", &partition_count, py::arg("name"));
  module.def("partition_whereis", &partition_whereis, py::arg("name"), py::arg("key"));
}

}  // namespace rsp::python
