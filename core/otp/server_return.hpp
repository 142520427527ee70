// What a callback of a server or a state machine returned: rsp_server_return, with terms that are its own.
#pragma once

#include "core/proc/api.hpp"
#include "resprout/server.h"

namespace rsp {

/** Which callback a server is in. SYSTEM: in none, but its format_status may run (core/otp/sys.hpp). */
enum class ServerStage : uint8_t { INIT, CALL, OTHER, SYSTEM, TERMINATE };

struct ServerReturn {
  rsp_server_return raw{};

  ServerReturn() noexcept { raw.size = sizeof(rsp_server_return); }
  ServerReturn(const ServerReturn&) = delete;
  ServerReturn& operator=(const ServerReturn&) = delete;
  ~ServerReturn() { clear(); }

  Term take_reply() { return take_public(raw.reply); }
  Term take_reason() { return take_public(raw.reason); }
  Term take_continue() { return take_public(raw.continue_term); }
  /** The reply, term or native. */
  Payload take_payload();

  /** Whether what it asks for before the next message, and how it waits for that, can be meant: by a server, or by a machine,
   * which has events and timeouts of its own in place of a continue and a time to wait. */
  bool is_wait_sound(bool of_machine) const;

  /** What was returned where it means nothing, for the reason: a tag and what stood beside it. */
  Term take_misplaced(bool of_machine);
  /** The same of how it waits. */
  Term take_misplaced_wait();

  /** As a callback finds it: no reply, go on. */
  void clear();

  /** This action, with this reason. A state that was given stays given. */
  void become(rsp_server_action action, TermBits reason);

  /** A thrown value stands for the return value: {noreply, _}, {noreply, _, Wait}, {stop, Reason, _}, of a call also
   * {reply, R, _}, {reply, R, _, Wait} and {stop, Reason, R, _}; Wait is a time in ms, infinity, hibernate or
   * {continue, C}; of init {stop, R}, {error, R}, ignore, and not {ok, _}: that would have to bring the state.
   * The state in the others does not count: a native state stays what it is. */
  void read_thrown(TermBits thrown, ServerStage stage);

 private:
  bool read_wait(TermBits wait);
};

/** {Tag, Value}: {bad_return_value, Value} and its kin. */
Term bad_return(TermBits value, Atom tag);

}  // namespace rsp
