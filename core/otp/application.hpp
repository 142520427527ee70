// Applications: trees with a name, started and stopped as one (docs/semantics.md, S-APP). OTP's application.
//
//   controller   knows all that are loaded, starts and stops them; made by the first who needs it (application_controller.cpp)
//     master     one for each that runs: starts the top, ends with it, and has the callbacks run (application_master.cpp)
//       top      a supervisor
//
//   LOADED -> STARTING -> RUNNING -> STOPPING -> LOADED
//
//   A1  Neither controller nor master runs user code: callbacks run in processes of their own. The controller waits for nothing.
//   A2  A master counts as started by nobody (SpawnOptions::rooted): so the stop of the runtime stops the applications, the
//       latest first, and the controller, which is older than all of them, at last.
//   A3  A master is linked to the controller, and has it as its parent: where that is killed, they all stop in order.
//   A4  What a master tells the controller (SYSTEM) comes before its DOWN: {start, P}, the process that it has begun; {ok, Top}
//       or {error, E}, what came of the start; {exited, R} of a top that has ended by itself. A DOWN for `normal` without the
//       last is of one that was told to stop.
//   A5  An application is down when its master has told its end. If that was killed, when the process is down that it has
//       begun: to its tree the end of the master is that of a parent.
//   A6  A call of ensure_all_started has a number, which its requests bring ({start, Name, Type, Call}). At its end it says
//       {start, Call}: it wants all that it has asked for; or {stop, Name, Call} of each: that stops then, if it was wanted by
//       no other call, and no other application needs it.
//
// Calls with `self`: the owner of `self`, inside a call; an attached thread, or RSP_EWOULDBLOCK.
#pragma once

#include "core/base/caller_struct.hpp"
#include "core/otp/start_spec.hpp"
#include "resprout/application.h"

namespace rsp {

RSP_CALLER_STRUCT(rsp_application_spec, lane, lane);  // NOLINT(bugprone-sizeof-expression): of a pointer

/** Immutable after it is made, but for the count of its owners. */
struct ApplicationSpec {
  env::Atomic<uint32_t> owners{1};
  Atom name{};
  Term applications;  // a list of atoms
  StartSpec* start = nullptr;
  rsp_application_callback prep_stop = nullptr;
  rsp_application_callback stop = nullptr;
  void* ctx = nullptr;
  void (*ctx_free)(void*) = nullptr;
  Lane* lane = nullptr;
};

/** RSP_ESPEC: *error names what is wrong with the top. RSP_EINVAL: malformed; then every ctx stays the caller's. Else they are
 * dropped, or the copy's. */
[[nodiscard]] rsp_result make_application_spec(ApplicationSpec** out, Term* error,
                                               const rsp_application_spec& from);
ApplicationSpec* share(ApplicationSpec* spec);
void disown(ApplicationSpec* spec);

/** Takes the specification over. RSP_EEXITED: *error says why not. */
[[nodiscard]] rsp_result load_application(Process& self, ApplicationSpec* spec, Term* error);

/** One request to the controller: RSP_OK with *out, RSP_EEXITED with *error, or what a call comes to. */
[[nodiscard]] rsp_result ask_controller(Process& self, Term request, uint64_t timeout_ms, Term* out,
                                        Term* error);

/** application:start/2. */
[[nodiscard]] rsp_result start_application(Process& self, Atom name, rsp_application_type type,
                                           uint64_t timeout_ms, Term* error);

/** application:ensure_all_started/2: *started is a list of names. */
[[nodiscard]] rsp_result ensure_all_started(Process& self, Atom name, rsp_application_type type,
                                            uint64_t timeout_ms, Term* started, Term* error);

/** {stop, Name} or {unload, Name}. */
[[nodiscard]] rsp_result ask_about_application(Process& self, Atom what, Atom name, uint64_t timeout_ms,
                                               Term* error);

// ---- Between the two processes ----

/** The controller, which runs; made if there is none. */
[[nodiscard]] rsp_result find_controller(Process& self, Pid* out);
/** What a load is sent as: the payload is a specification. */
const NativeOps& load_ops();
/** Of the controller: makes the master, linked and monitored. */
[[nodiscard]] rsp_result start_master(Process& self, ApplicationSpec& spec, Spawned* out);

}  // namespace rsp
