// resprout._native: the C API for Python. One interpreter; see docs/python.md.
#include "python/native/agents.hpp"
#include "python/native/applications.hpp"
#include "python/native/descriptors.hpp"
#include "python/native/dictionary.hpp"
#include "python/native/events.hpp"
#include "python/native/groups.hpp"
#include "python/native/ids.hpp"
#include "python/native/lanes.hpp"
#include "python/native/partitions.hpp"
#include "python/native/primitives.hpp"
#include "python/native/registries.hpp"
#include "python/native/reports.hpp"
#include "python/native/requests.hpp"
#include "python/native/runtime.hpp"
#include "python/native/spawn.hpp"
#include "python/native/starts.hpp"
#include "python/native/state.hpp"
#include "python/native/statem.hpp"
#include "python/native/supervisors.hpp"
#include "python/native/sys.hpp"
#include "python/native/tables.hpp"
#include "python/native/tasks.hpp"
#include "python/native/waits.hpp"
#include "resprout/version.h"

namespace rsp::python {
namespace {

void refuse_other_interpreters() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return;
  throw py::import_error("resprout runs in the main interpreter only");
}

}  // namespace
}  // namespace rsp::python

PYBIND11_MODULE(_native, module) {
  using namespace rsp::python;
  refuse_other_interpreters();
  module.doc() = "The C API of resprout for Python; the package resprout is what programs use.";
  add_ids(module);
  add_lanes(module);
  add_primitives(module);
  add_descriptors(module);
  add_dictionary(module);
  add_waits(module);
  add_requests(module);
  add_registries(module);
  add_tables(module);
  add_agents(module);
  add_applications(module);
  add_partitions(module);
  add_events(module);
  add_groups(module);
  add_spawn(module);
  add_starts(module);
  add_statem(module);
  add_supervisors(module);
  add_sys(module);
  add_tasks(module);
  add_runtime(module);
  add_reports(module);
  module.def("bind",
             [](const std::string& name, const py::object& object) { bind(name.c_str(), object.ptr()); });
  module.def("bindable_names", &bindable_names);
  module.attr("version") = rsp_version_string();
  module.def(
      "set_strict", [](bool on) { state().strict = on; }, py::arg("on"));
}
