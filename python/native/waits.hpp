// The calls that wait: receive, call, is_alive, process_info, stop. Each call is made with the interpreter
// held, and lets go of it where it waits.
#pragma once

#include "python/native/caller.hpp"
#include "python/native/python.hpp"

namespace rsp::python {

/** receive, call, stop, is_alive, process_info: what waits. */
void add_waits(py::module_& module);

/** The process waits for another one, which is known to calls that would close a circle. */
class WaitingFor {
 public:
  WaitingFor(const PyProcess& self, rsp_pid server);
  ~WaitingFor();
  WaitingFor(const WaitingFor&) = delete;
  WaitingFor& operator=(const WaitingFor&) = delete;

 private:
  uint64_t self_;
};

/** The request of `caller` was left open by the server `server`: it is no longer certain that the caller
 * waits until the server's callback returns, so their calls make no cycle. */
void forget_call(rsp_pid caller, rsp_pid server);

}  // namespace rsp::python
