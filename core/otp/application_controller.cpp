// The controller: one process, named application_controller, which knows the applications (core/otp/application.hpp).
#include "core/otp/application.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/otp/sys.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

enum class State : uint8_t { LOADED, STARTING, RUNNING, STOPPING };

/** Who waits for the end of a start or a stop. */
struct Waiter {
  LocalRef to{};
  Waiter* next = nullptr;
};

/** A call of ensure_all_started that goes on, and has asked for the application. */
struct Ask {
  uint64_t call = 0;
  Ask* next = nullptr;
};

struct Application {
  Application* next = nullptr;
  Application* previous = nullptr;
  ApplicationSpec* spec = nullptr;
  State state = State::LOADED;
  // But for LOADED.
  Atom type{};
  Spawned master{};
  Pid top{};  // what the master has begun: its top, or the process of its start function; none: nothing yet
  bool is_told = false;     // to stop, by a call or with all
  bool has_exited = false;  // RUNNING, STOPPING: its top has, by itself
  Term reason;              // then: why; STARTING: why it does not start; nil: it may
  bool is_kept = false;     // somebody has asked for it who does not take that back
  Ask* asks = nullptr;      // else: who may
  Waiter* waiters = nullptr;
};

struct Controller {
  Application* first = nullptr;  // those that run are in order of start
  Application* last = nullptr;
  bool stops_all = false;
  Envelope* lent = nullptr;  // the call being served
  bool traced = false;       // sys.hpp
};

// ---- The list ----

void append(Controller& controller, Application* app) {
  app->next = nullptr;
  app->previous = controller.last;
  (controller.last == nullptr ? controller.first : controller.last->next) = app;
  controller.last = app;
}

void remove(Controller& controller, Application* app) {
  (app->previous == nullptr ? controller.first : app->previous->next) = app->next;
  (app->next == nullptr ? controller.last : app->next->previous) = app->previous;
}

Application* find(const Controller& controller, Atom name) {
  Application* app = controller.first;
  while (app != nullptr && app->spec->name.id != name.id) app = app->next;
  return app;
}

/** The one with this master, or this top. */
Application* find_process(const Controller& controller, uint64_t pid) {
  const auto is_of = [&](const Application& app) {
    return app.state != State::LOADED && (app.master.pid.id == pid || app.top.id == pid);
  };
  Application* app = controller.first;
  while (app != nullptr && !is_of(*app)) app = app->next;
  return app;
}

void forget_asks(Application& app) {
  while (Ask* const ask = app.asks) {
    app.asks = ask->next;
    mem_delete(ask);
  }
}

void free_application(Application* app) {
  while (Waiter* const waiter = app->waiters) {
    app->waiters = waiter->next;
    mem_delete(waiter);
  }
  forget_asks(*app);
  disown(app->spec);
  mem_delete(app);
}

// ---- Answers ----

Next answer(Process& self, Controller& controller, LocalRef to, Term what) {
  Payload payload{std::move(what), nullptr, nullptr};
  if (controller.traced) [[unlikely]]
    trace_reply(self, to.owner, payload);
  // The envelope of the call brings the answer, so memory for it is there.
  (void)reply_with_loan(self, *controller.lent, to, payload);
  return Next::CONTINUE;
}

/** {error, {Why, Name}} */
Next refuse(Process& self, Controller& controller, LocalRef to, Atom why, Atom name) {
  Term reason;
  const rsp_result built = make_tuple(&reason, {TermBits(why), TermBits(name)});
  return answer(self, controller, to, error_outcome(or_atom(built, std::move(reason), why)));
}

/** It is answered later. False: there is no memory for that. */
bool keep_waiting(Application& app, LocalRef to) {
  Waiter* const waiter = mem_new<Waiter>();
  if (waiter == nullptr) return false;
  *waiter = Waiter{to, app.waiters};
  app.waiters = waiter;
  return true;
}

void answer_waiting(Process& self, Application& app, const Term& what) {
  while (Waiter* const waiter = app.waiters) {
    app.waiters = waiter->next;
    Payload payload{what, nullptr, nullptr};
    (void)reply(&self, waiter->to, payload);
    mem_delete(waiter);
  }
}

// ---- Who has asked for it ----

/** Nobody takes it back any more. */
void keep(Application& app) {
  app.is_kept = true;
  forget_asks(app);
}

/** `call` has asked for it; 0: somebody who does not take that back. */
void note_ask(Application& app, uint64_t call) {
  if (app.is_kept) return;
  Ask* const ask = call == 0 ? nullptr : mem_new<Ask>();
  if (ask == nullptr) return keep(app);
  *ask = Ask{call, app.asks};
  app.asks = ask;
}

/** Whether `call` had asked for it: then it has not any more. */
bool take_ask(Application& app, uint64_t call) {
  for (Ask** place = &app.asks; *place != nullptr; place = &(*place)->next) {
    Ask* const ask = *place;
    if (ask->call != call) continue;
    *place = ask->next;
    mem_delete(ask);
    return true;
  }
  return false;
}

/** Whether one that is not down needs it. */
bool is_needed(const Controller& controller, const Application& app) {
  for (const Application* other = controller.first; other != nullptr; other = other->next) {
    if (other->state == State::LOADED) continue;
    for (const TermBits each : other->spec->applications.elements()) {
      if (each.is(app.spec->name)) return true;
    }
  }
  return false;
}

// ---- The end of all ----

/** RUNNING, STARTING -> STOPPING. False: there is no memory for the signal. */
bool tell_to_stop(Process& self, Application& app) {
  if (exit_signal(&self, app.master.pid, Term(ATOM_SHUTDOWN)) != RSP_OK) return false;
  if (app.state == State::STARTING) answer_waiting(self, app, error_outcome(ATOM_SHUTDOWN));
  app.state = State::STOPPING;
  app.is_told = true;
  return true;
}

/** Stops the one that was started last; when it is gone, the one before. */
void stop_latest(Process& self, Controller& controller) {
  Application* app = controller.last;
  while (app != nullptr && app->state == State::LOADED) app = app->previous;
  controller.stops_all = app != nullptr;
  // Without memory for the signal the next end of one tries again.
  if (app != nullptr && app->state != State::STOPPING) (void)tell_to_stop(self, *app);
}

/** The top has ended by itself: reported, and what its type says, unless somebody has asked for its end meanwhile. */
void has_ended(Controller& controller, const Application& app, const Term& reason) {
  const bool is_expected = app.is_told || app.type.id == ATOM_TEMPORARY.id ||
                           (app.type.id == ATOM_TRANSIENT.id && reason.is(ATOM_NORMAL));
  report(is_expected ? RSP_REPORT_NOTICE : RSP_REPORT_ERROR, ATOM_APPLICATION_REPORT,
         {{ATOM_APPLICATION, app.spec->name},
          {ATOM_EXITED, reason},
          {ATOM_TYPE, app.type},
          {ATOM_DECISION, is_expected ? ATOM_NONE : ATOM_SHUTDOWN}});
  if (!is_expected && !end_program(reason)) controller.stops_all = true;
}

// ---- What masters tell ----

void on_news(Process& self, Application& app, TermBits news) {
  if (news.is_tagged(ATOM_START, 2)) {
    app.top = news.element(1).as_pid();
  } else if (news.is_tagged(ATOM_OK, 2)) {
    app.top = news.element(1).as_pid();
    if (app.state != State::STARTING) return;
    app.state = State::RUNNING;
    answer_waiting(self, app, Term(ATOM_OK));
  } else if (news.is_tagged(ATOM_ERROR, 2)) {
    app.reason = Term::share(news.element(1));
  } else if (news.is_tagged(ATOM_EXITED, 2)) {
    app.has_exited = true;
    app.reason = Term::share(news.element(1));
  }
}

/** Nothing of it runs any more. */
void is_down(Process& self, Controller& controller, Application& app) {
  const State before = app.state;
  app.state = State::LOADED;
  app.top = Pid{};
  forget_asks(app);
  if (before == State::STARTING) {
    answer_waiting(self, app, error_outcome(app.reason));
  } else {
    if (app.has_exited) has_ended(controller, app, app.reason);
    answer_waiting(self, app, Term(ATOM_OK));
  }
  app.reason = Term();
  if (controller.stops_all) stop_latest(self, controller);
}

/** The end of a master counts as that of its top. A tree that it has left hears through its link, and ends in order. */
Next on_down(Process& self, Controller& controller, const Envelope& down) {
  Application* const app = find_process(controller, down.from);
  if (app == nullptr) return Next::CONTINUE;
  if (down.from == app->master.pid.id) {
    if (is_linked(self, app->master.pid)) forget_link(self, app->master.pid, nullptr);
    const bool was_killed = !down.term.is(ATOM_NORMAL);
    if (app->reason.is_nil()) app->reason = Term::share(down.term);
    LocalRef end;
    if (was_killed && app->state != State::STARTING) {
      app->has_exited = true;
      app->state = State::STOPPING;
    }
    // Without memory to wait nobody does.
    if (was_killed && !app->top.is_none() && monitor(self, app->top, MonitorOptions{}, &end) == RSP_OK)
      return Next::CONTINUE;
  }
  is_down(self, controller, *app);
  return Next::CONTINUE;
}

// ---- Requests ----

Next load(Process& self, Controller& controller, Envelope& call, LocalRef to) {
  ApplicationSpec* const spec = reinterpret_cast<ApplicationSpec*>(call.term.data());
  call.flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
  call.term = TermBits::nil();
  const Atom name = spec->name;
  if (find(controller, name) != nullptr) {
    disown(spec);
    return refuse(self, controller, to, ATOM_ALREADY_LOADED, name);
  }
  Application* const app = mem_new<Application>();
  if (app == nullptr) {
    disown(spec);
    return answer(self, controller, to, error_outcome(ATOM_SYSTEM_LIMIT));
  }
  app->spec = spec;
  append(controller, app);
  return answer(self, controller, to, Term(ATOM_OK));
}

Next unload(Process& self, Controller& controller, Application* app, LocalRef to) {
  if (app->state != State::LOADED) return refuse(self, controller, to, ATOM_RUNNING, app->spec->name);
  remove(controller, app);
  free_application(app);
  return answer(self, controller, to, Term(ATOM_OK));
}

/** The first of those it needs that does not run; `undefined`: all run. */
Atom missing_of(const Controller& controller, const Application& app) {
  for (const TermBits each : app.spec->applications.elements()) {
    const Application* const needed = find(controller, each.as_atom());
    if (needed == nullptr || needed->state != State::RUNNING) return each.as_atom();
  }
  return Atom{};
}

Next start(Process& self, Controller& controller, Application* app, LocalRef to, Atom type, uint64_t call) {
  const Atom name = app->spec->name;
  if (controller.stops_all) return answer(self, controller, to, error_outcome(ATOM_SHUTDOWN));
  if (app->state == State::RUNNING) {
    note_ask(*app, call);
    return refuse(self, controller, to, ATOM_ALREADY_STARTED, name);
  }
  if (app->state == State::STOPPING) return refuse(self, controller, to, ATOM_RUNNING, name);
  const Atom missing = missing_of(controller, *app);
  if (missing.id != 0) return refuse(self, controller, to, ATOM_NOT_STARTED, missing);
  if (!keep_waiting(*app, to)) return answer(self, controller, to, error_outcome(ATOM_SYSTEM_LIMIT));
  if (app->state == State::STARTING) {
    note_ask(*app, call);
    return Next::CONTINUE;
  }
  if (start_master(self, *app->spec, &app->master) != RSP_OK) {
    answer_waiting(self, *app, error_outcome(ATOM_SYSTEM_LIMIT));
    return Next::CONTINUE;
  }
  app->type = type;
  app->state = State::STARTING;
  app->is_told = app->has_exited = app->is_kept = false;
  note_ask(*app, call);
  remove(controller, app);
  append(controller, app);
  return Next::CONTINUE;
}

/** One that is not LOADED. */
Next stop_now(Process& self, Controller& controller, Application* app, LocalRef to) {
  const bool is_told = app->state == State::STOPPING || tell_to_stop(self, *app);
  const bool is_answered_later = is_told && keep_waiting(*app, to);
  return is_answered_later ? Next::CONTINUE : answer(self, controller, to, error_outcome(ATOM_SYSTEM_LIMIT));
}

Next stop(Process& self, Controller& controller, Application* app, LocalRef to) {
  const bool runs = app->state == State::RUNNING || app->state == State::STOPPING;
  return runs ? stop_now(self, controller, app, to)
              : refuse(self, controller, to, ATOM_NOT_STARTED, app->spec->name);
}

/** What `call` has asked for it does not want any more: it stops, unless somebody else does. */
Next take_back(Process& self, Controller& controller, Application* app, LocalRef to, uint64_t call) {
  const bool stops = take_ask(*app, call) && app->asks == nullptr && !is_needed(controller, *app);
  return stops ? stop_now(self, controller, app, to) : answer(self, controller, to, Term(ATOM_OK));
}

/** All that `call` has asked for runs, and it wants it. */
Next keep_all(Process& self, Controller& controller, LocalRef to, uint64_t call) {
  for (Application* app = controller.first; app != nullptr; app = app->next) {
    if (take_ask(*app, call)) keep(*app);
  }
  return answer(self, controller, to, Term(ATOM_OK));
}

/** A list of what `row` makes of each that is wanted. */
template <class Wanted, class Row>
Next list(Process& self, Controller& controller, LocalRef to, Wanted&& wanted, Row&& row) {
  size_t count = 0;
  for (const Application* app = controller.first; app != nullptr; app = app->next) ++count;
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  rsp_result result = rows == nullptr ? RSP_ENOMEM : RSP_OK;
  size_t made = 0;
  for (const Application* app = controller.first; app != nullptr && result == RSP_OK; app = app->next) {
    if (!wanted(*app)) continue;
    Term one;
    result = row(*app, &one);
    if (result == RSP_OK) rows[made++] = one.release();
  }
  Term all;
  if (result == RSP_OK) result = make_list(&all, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  return answer(self, controller, to, result == RSP_OK ? std::move(all) : error_outcome(ATOM_SYSTEM_LIMIT));
}

Next which_applications(Process& self, Controller& controller, LocalRef to) {
  return list(
      self, controller, to,
      [](const Application& app) { return app.state == State::RUNNING || app.state == State::STOPPING; },
      [](const Application& app, Term* out) {
        return make_tuple(out, {TermBits(app.spec->name), TermBits(app.type)});
      });
}

Next loaded_applications(Process& self, Controller& controller, LocalRef to) {
  return list(
      self, controller, to, [](const Application&) { return true; },
      [](const Application& app, Term* out) {
        *out = Term(app.spec->name);
        return RSP_OK;
      });
}

/** The number of a call of ensure_all_started: an element of its requests. */
uint64_t call_of(TermBits request, size_t place) {
  const bool has_one = request.size() > place && request.element(place).kind() == Kind::INT;
  return has_one ? static_cast<uint64_t>(request.element(place).as_int()) : 0;
}

bool is_type(TermBits term) {
  return term.is(ATOM_TEMPORARY) || term.is(ATOM_TRANSIENT) || term.is(ATOM_PERMANENT);
}

Next serve(Process& self, Controller& controller, Envelope& call) {
  const LocalRef to{call.ref, call.ref_owner};
  if (call.has(envelope_flag::NATIVE)) {
    if (call.native == &load_ops()) return load(self, controller, call, to);
    return answer(self, controller, to, error_outcome(ATOM_BADARG));
  }
  const TermBits request = call.term;
  if (request.is(ATOM_WHICH_APPLICATIONS)) return which_applications(self, controller, to);
  if (request.is(ATOM_LOADED_APPLICATIONS)) return loaded_applications(self, controller, to);
  if (request.is_tagged(ATOM_START, 2) && call_of(request, 1) != 0)
    return keep_all(self, controller, to, call_of(request, 1));
  const bool starts =
      (request.is_tagged(ATOM_START, 3) || request.is_tagged(ATOM_START, 4)) && is_type(request.element(2));
  const bool takes_back = request.is_tagged(ATOM_STOP, 3);
  const bool stops = request.is_tagged(ATOM_STOP, 2) || takes_back;
  const bool unloads = request.is_tagged(ATOM_UNLOAD, 2);
  if ((!starts && !stops && !unloads) || request.element(1).kind() != Kind::ATOM)
    return answer(self, controller, to, error_outcome(ATOM_BADARG));
  const Atom name = request.element(1).as_atom();
  Application* const app = find(controller, name);
  if (app == nullptr) return refuse(self, controller, to, stops ? ATOM_NOT_STARTED : ATOM_NOT_LOADED, name);
  if (starts) return start(self, controller, app, to, request.element(2).as_atom(), call_of(request, 3));
  if (takes_back) return take_back(self, controller, app, to, call_of(request, 2));
  return stops ? stop(self, controller, app, to) : unload(self, controller, app, to);
}

// ---- The process ----

Next message(Process& self, Envelope& envelope, void* state) {
  Controller& controller = *static_cast<Controller*>(state);
  if (is_system_message(envelope)) [[unlikely]] {
    answer_system(self, envelope,
                  {"gen_server", ATOM_APPLICATION_CONTROLLER, &controller.traced, nullptr, nullptr});
    return Next::CONTINUE;
  }
  if (controller.traced && envelope.kind != EnvelopeKind::SYSTEM) [[unlikely]]
    trace_message(self, envelope);
  switch (envelope.kind) {
    case EnvelopeKind::CALL: {
      controller.lent = &envelope;
      const Next next = serve(self, controller, envelope);
      controller.lent = nullptr;
      return next;
    }
    case EnvelopeKind::SYSTEM:
      if (envelope.term.is_tagged(ATOM_TERMINATE, 2))
        return end_for(self, Term::share(envelope.term.element(1)));
      if (Application* const app = find_process(controller, envelope.from)) {
        if (app->master.pid.id == envelope.from) on_news(self, *app, envelope.term);
      }
      return Next::CONTINUE;
    case EnvelopeKind::DOWN:
      return on_down(self, controller, envelope);
    case EnvelopeKind::EXIT:
      return is_overseer(self, envelope.from) ? end_for(self, Term::share(envelope.term)) : Next::CONTINUE;
    default:
      return Next::CONTINUE;
  }
}

void drop(void* state) {
  Controller* const controller = static_cast<Controller*>(state);
  while (Application* const app = controller->first) {
    remove(*controller, app);
    free_application(app);
  }
  mem_delete(controller);
}

}  // namespace

const NativeOps& load_ops() {
  static const NativeOps ops{sizeof(NativeOps),
                             [](void* spec) { disown(static_cast<ApplicationSpec*>(spec)); }, nullptr};
  return ops;
}

rsp_result find_controller(Process& self, Pid* out) {
  static const Behaviour behaviour{nullptr, &message, &drop};
  *out = whereis(ATOM_APPLICATION_CONTROLLER);
  if (!out->is_none()) return RSP_OK;
  Controller* const controller = mem_new<Controller>();
  if (controller == nullptr) return RSP_ENOMEM;
  SpawnOptions options;
  options.trap_exit = true;
  Spawned spawned;
  rsp_result result = spawn(nullptr, options, behaviour, controller, &spawned);
  if (result != RSP_OK) {
    drop(controller);
    return result;
  }
  *out = spawned.pid;
  result = register_name(ATOM_APPLICATION_CONTROLLER, spawned.pid, out);
  if (result == RSP_OK) return RSP_OK;
  // Somebody else was faster; or it was killed already.
  const rsp_result killed = exit_signal(&self, spawned.pid, Term(ATOM_KILL));
  return result == RSP_ENAMETAKEN ? killed : RSP_EEXITED;
}

}  // namespace rsp
