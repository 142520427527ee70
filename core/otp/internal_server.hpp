// Servers of the runtime's own: what stands where a user's callbacks stand (core/otp/registry.cpp, core/otp/agent.cpp).
#pragma once

#include "core/otp/proc_lib.hpp"
#include "resprout/server.h"

namespace rsp {

/** A call of the core by such a callback, which runs as user code does. */
class InCall {
 public:
  explicit InCall(rsp_self* self)
      : self_(*reinterpret_cast<Process*>(self)), begun_(begin_call(&self_) == RSP_OK) {}
  ~InCall() {
    if (begun_) end_call(self_);
  }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

  /** False: the process is ending, and what the callback returns does not matter. */
  bool begun() const { return begun_; }
  Process& self() const { return self_; }

 private:
  Process& self_;
  const bool begun_;
};

/** init of one whose store others read (core/proc/keyed.hpp): opens it, traps exits. False: `ret` says why not. */
bool open_store(Process& self, Atom name, bool unique, const Term& listeners, rsp_server_return* ret);

/** handle_call: answers as a supervisor does what it does not know, {error, badarg}. */
rsp_next refuse_call(rsp_self* self, void* state, rsp_msg* message, rsp_from from, rsp_server_return* ret);

/** handle_cast, handle_info: reports what nobody should send here. Of ends it says nothing. */
rsp_next report_odd_message(rsp_self* self, void* state, rsp_msg* message, rsp_server_return* ret);

}  // namespace rsp
