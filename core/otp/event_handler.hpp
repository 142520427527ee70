// Handlers of an event manager: what they are, and what their callbacks return (core/otp/gen_event.hpp).
#pragma once

#include "core/base/caller_struct.hpp"
#include "core/proc/api.hpp"
#include "resprout/event.h"

namespace rsp {

// NOLINTBEGIN(bugprone-sizeof-expression): of pointers
RSP_CALLER_STRUCT(rsp_event_ops, free_state, format_status);
RSP_CALLER_STRUCT(rsp_event_handler, ctx_free, ctx_free);
// NOLINTEND(bugprone-sizeof-expression)

/** Made by whoever asks for it, the manager's from then on. */
struct EventHandler {
  EventHandler* next = nullptr;
  EventHandler* previous = nullptr;
  const rsp_event_ops* ops = nullptr;
  Term name;  // an atom, or {Name, Id}
  Term args;
  void* ctx = nullptr;
  void (*ctx_free)(void*) = nullptr;
  void* state = nullptr;
  bool has_state = false;
  Pid supervisor{};  // who has added it as its own; none: nobody

  EventHandler() = default;
  ~EventHandler();
  EventHandler(const EventHandler&) = delete;
  EventHandler& operator=(const EventHandler&) = delete;
};

/** RSP_EINVAL (malformed), RSP_ENOMEM, RSP_ELIMIT. On RSP_OK the context is its, else it stays the caller's. */
[[nodiscard]] rsp_result make_event_handler(EventHandler** out, const rsp_event_handler& from);
/** Undoes that: the context is the caller's again. */
void unmake(EventHandler* handler);

/** Whether a term can be the name of a handler. */
bool is_handler_name(TermBits name);

/** The handlers of a manager, the newest first. */
struct EventHandlers {
  EventHandler* first = nullptr;

  /** The newest one of this name; nullptr: there is none. */
  EventHandler* find(TermBits name) const;
  bool has_supervisor(Pid pid) const;
  /** Behind `after`; nullptr: in front of all others. */
  void insert(EventHandler* handler, EventHandler* after);
  void remove(EventHandler* handler);
};

/** A list of {Handler, State}, in order: what each says of its state. Nil: memory is short. Runs their code, inside a call. */
Term said_states(Process& self, const EventHandlers& handlers);

/** What a callback of a handler returned: rsp_event_return, with terms that are its own. */
struct EventReturn {
  rsp_event_return raw{};

  EventReturn() noexcept { raw.size = sizeof(rsp_event_return); }
  EventReturn(const EventReturn&) = delete;
  EventReturn& operator=(const EventReturn&) = delete;
  ~EventReturn() { clear(); }

  Term take_reason() { return take_public(raw.reason); }
  Term take_args() { return take_public(raw.args); }
  /** The reply, term or native. */
  Payload take_payload();

  /** As a callback finds it: go on. */
  void clear();

  /** What it returned means nothing: `value` says what it was. */
  void become_bad(TermBits value);

  /** A thrown value stands for the return value: {ok, _}, remove_handler; of a call {ok, Reply, _} and {remove_handler, Reply}.
   * Not of init: that would have to bring the state. */
  void read_thrown(TermBits thrown, bool in_init, bool in_call);
};

}  // namespace rsp
