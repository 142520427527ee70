// gen_event: the event manager behaviour (docs/semantics.md, S-EVT).
//
// It is a server (core/otp/gen_server.hpp). A cast is a notification, a call with a payload of ours a request, any other
// call sync_notify. What a message asks for is a job: a walk over the handlers, or a callback or two of one of them. Each callback
// may await, so a job is a loop of steps that can be left and entered again:
//
//   WALK       the next handler that the job is about -> HANDLE, or TERMINATE; none is left -> DONE
//   HANDLE     handle_event, handle_call, handle_info -> WALK or DONE; it goes -> TERMINATE
//   TERMINATE  terminate; then the handler is gone -> INIT of the one in its place, WALK or DONE
//   INIT       init of a new one -> WALK or DONE
//
// A loop, and not one callback from the end of another: a manager may have any number of handlers, and a stack has an end.
//
// Who has added a handler as its own is linked incidentally, so a link that the program has made stays.
#pragma once

#include "core/otp/event_handler.hpp"
#include "core/proc/api.hpp"
#include "resprout/server.h"

namespace rsp {

/** What to start. */
rsp_start_spec event_manager_spec(Atom name);

/** Whether servers of this type are managers. */
bool is_event_manager(const rsp_server_ops& ops);

/** What is asked of a manager. */
struct EventRequest {
  enum class Kind : uint8_t { ADD, DELETE, SWAP, CALL, WHICH };

  Kind kind;
  bool supervised = false;          // ADD, SWAP: by who asks
  Term name{};                      // DELETE, SWAP, CALL: which handler
  Term args{};                      // DELETE, SWAP: for its terminate
  EventHandler* handler = nullptr;  // ADD, SWAP: the new one
  Payload payload{};                // CALL
};

/** The payload of a call. It takes over what the request has, also on RSP_ENOMEM: then that is dropped. */
[[nodiscard]] rsp_result make_event_payload(Payload* out, EventRequest&& request);

/** What a manager has answered: RSP_OK; RSP_EMISMATCH (no such handler), RSP_EHANDLER, and *reason says why. */
[[nodiscard]] rsp_result read_event_answer(const Envelope& answer, Term* reason);

}  // namespace rsp
