// Partitions: resprout/partition.h for Python.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** What PartitionSupervisor asks. Starts are those of supervisors (specs.hpp), calls go to a PartitionVia (messages.hpp). */
void add_partitions(py::module_& module);

}  // namespace rsp::python
