// What a server and a state machine share: how they start, what follows from a callback, how they end (docs/semantics.md,
// S-SRV).
//
// Life: init (acknowledged to the starter, then or later) -> callbacks, one event at a time -> terminate, in the cases of
// S-SRV -> exit. A callback may await; the server then goes on in the continuation, and what the callback had
// put into its return counts when the continuation is done.
//
// What differs is which callback gets a message, and what is done between two of them: gen_server.cpp, gen_statem.cpp.
#pragma once

#include "core/otp/callback_run.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/otp/server_return.hpp"

namespace rsp {

struct Machine;
struct Server;

/** What follows from a callback, whatever stage it was of. */
Next finish(Process& self, Server& server, Next next);

/** There may be a million of them: what is of the start alone goes with that. */
struct Server {
  /** Whose call it is, and what its reply goes to. All zero: it is none. */
  struct Caller {
    uint64_t id = 0;
    LocalRef ref;
  };

  StartSpec* spec = nullptr;
  Starter* starter = nullptr;  // until the start is over
  const rsp_server_ops* ops = nullptr;
  Machine* machine = nullptr;  // of a state machine
  void* state = nullptr;
  CallbackRun<Server, &finish> callback{*this};
  Caller caller{};           // of the call being handled; when it stops: that it was handling then
  Envelope* lent = nullptr;  // that call, while no other code of the server can run before its loan ends
  Term last_message;
  ServerReturn ret;
  Term reason;                                            // why it stops
  ExceptionClass exception_class = ExceptionClass::EXIT;  // of what made it stop
  ServerStage stage = ServerStage::INIT;
  bool has_state = false;
  bool reply_when_stopped = false;
  bool traced = false;      // sys.hpp
  bool acks_later = false;  // its start goes on when its init is done
};

static_assert(sizeof(Server) == 256);

/** What a new process of a server runs, of either kind. */
Next start_server(Process& self, Server& server);

/** A message that ends it, whatever it is doing: the EXIT of its overseer, or the stop call. */
bool asks_to_stop(const Process& self, const Envelope& message, Term* reason);

/** Answers a system message, and waits on as before it: a timeout with a result begins anew, as in OTP. */
[[nodiscard]] Next serve_system(Process& self, Server& server, Envelope& message);

/** Whom the reply to this call goes to. */
Server::Caller caller_of(const Envelope& call);
rsp_from to_public(const Server::Caller& caller);

/** Answers the call being handled with what the callback has put into its return. `loan`: that call, whose loan ends before
 * anything else is sent; nullptr: it may not. */
void send_reply(Process& self, Server& server, Envelope* loan);

/** Ends it in order: terminate, the reports, the exit. */
[[nodiscard]] Next stop(Process& self, Server& server, Term reason);

/** What a callback raised. */
[[nodiscard]] Next fail(Process& self, Server& server, const Exception& exception);

// ---- gen_server.cpp and gen_statem.cpp, for server.cpp ----

/** A callback other than init has said what it wants. */
[[nodiscard]] Next finish_callback(Process& self, Server& server);
[[nodiscard]] Next finish_event(Process& self, Server& server);

/** init has: the next message. */
[[nodiscard]] Next serve(Process& self, Server& server);
[[nodiscard]] Next enter_first_state(Process& self, Server& server);

/** The machine goes on: with an event that waits in it, or with the next message. */
[[nodiscard]] Next go_on(Process& self, Server& server);

}  // namespace rsp
