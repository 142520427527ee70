// The limits of a mailbox, from Python's checked form: (max_messages, max_message_bytes, overflow).
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** Of rsp_spawn_opts or rsp_start_spec. Throws py::cast_error if it is another form. */
template <class Struct>
void read_limits(const py::tuple& from, Struct* out) {
  out->max_messages = from[0].template cast<uint32_t>();
  out->max_message_bytes = from[1].template cast<uint64_t>();
  out->overflow = static_cast<rsp_overflow>(from[2].template cast<int>());
}

}  // namespace rsp::python
