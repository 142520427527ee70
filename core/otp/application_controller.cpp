// The controller: one process, named application_controller, which knows the applications (core/otp/application.hpp).
#include "core/otp/application.hpp"
#include "core/otp/proc_lib.hpp"
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

struct Application {
  Application* next = nullptr;
  Application* previous = nullptr;
  ApplicationSpec* spec = nullptr;
  State state = State::LOADED;
  Atom type{};
  Spawned master{};         // but for LOADED
  bool has_exited = false;  // RUNNING, STOPPING: its top has, by itself
  Term reason;              // then: why; STARTING: why it does not start; nil: it may
  Waiter* waiters = nullptr;
};

struct Controller {
  Application* first = nullptr;  // those that run are in order of start
  Application* last = nullptr;
  bool stops_all = false;
  Envelope* lent = nullptr;  // the call being served
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

Application* find_master(const Controller& controller, uint64_t pid) {
  Application* app = controller.first;
  while (app != nullptr && (app->state == State::LOADED || app->master.pid.id != pid)) app = app->next;
  return app;
}

void free_application(Application* app) {
  while (Waiter* const waiter = app->waiters) {
    app->waiters = waiter->next;
    mem_delete(waiter);
  }
  disown(app->spec);
  mem_delete(app);
}

// ---- Answers ----

Next answer(Process& self, Controller& controller, LocalRef to, Term what) {
  Payload payload{std::move(what), nullptr, nullptr};
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

// ---- The end of all ----

/** Stops the one that was started last; when it is gone, the one before. */
void stop_latest(Process& self, Controller& controller) {
  Application* app = controller.last;
  while (app != nullptr && app->state == State::LOADED) app = app->previous;
  controller.stops_all = app != nullptr;
  if (app == nullptr || app->state == State::STOPPING) return;
  // Without memory for the signal the next end of one tries again.
  if (exit_signal(&self, app->master.pid, Term(ATOM_SHUTDOWN)) != RSP_OK) return;
  if (app->state == State::STARTING) answer_waiting(self, *app, error_outcome(ATOM_SHUTDOWN));
  app->state = State::STOPPING;
}

/** The top has ended by itself: reported, and what its type says. */
void has_ended(Controller& controller, const Application& app, const Term& reason) {
  const bool is_expected =
      app.type.id == ATOM_TEMPORARY.id || (app.type.id == ATOM_TRANSIENT.id && reason.is(ATOM_NORMAL));
  report(is_expected ? RSP_REPORT_INFO : RSP_REPORT_ERROR, ATOM_APPLICATION_REPORT,
         {{ATOM_APPLICATION, app.spec->name},
          {ATOM_EXITED, reason},
          {ATOM_TYPE, app.type},
          {ATOM_DECISION, is_expected ? ATOM_NONE : ATOM_SHUTDOWN}});
  if (!is_expected && !end_program(reason)) controller.stops_all = true;
}

// ---- What masters tell ----

void on_news(Process& self, Application& app, TermBits news) {
  if (news.is(ATOM_OK) && app.state == State::STARTING) {
    app.state = State::RUNNING;
    answer_waiting(self, app, Term(ATOM_OK));
  } else if (news.is_tagged(ATOM_ERROR, 2)) {
    app.reason = Term::share(news.element(1));
  } else if (news.is_tagged(ATOM_EXITED, 2)) {
    app.has_exited = true;
    app.reason = Term::share(news.element(1));
  }
}

Next on_down(Process& self, Controller& controller, const Envelope& down) {
  Application* const app = find_master(controller, down.from);
  if (app == nullptr) return Next::CONTINUE;
  if (is_linked(self, app->master.pid)) forget_link(self, app->master.pid, nullptr);
  const State before = app->state;
  const Term reason = std::move(app->reason);
  app->state = State::LOADED;
  if (before == State::STARTING) {
    answer_waiting(self, *app, error_outcome(reason.is_nil() ? down.term : TermBits(reason)));
  } else if (before == State::STOPPING) {
    answer_waiting(self, *app, Term(ATOM_OK));
  } else if (app->has_exited || !down.term.is(ATOM_NORMAL)) {
    has_ended(controller, *app, app->has_exited ? reason : Term::share(down.term));
  }
  if (controller.stops_all) stop_latest(self, controller);
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

Next start(Process& self, Controller& controller, Application* app, LocalRef to, Atom type) {
  const Atom name = app->spec->name;
  if (controller.stops_all) return answer(self, controller, to, error_outcome(ATOM_SHUTDOWN));
  if (app->state == State::RUNNING) return refuse(self, controller, to, ATOM_ALREADY_STARTED, name);
  if (app->state == State::STOPPING) return refuse(self, controller, to, ATOM_RUNNING, name);
  const Atom missing = missing_of(controller, *app);
  if (missing.id != 0) return refuse(self, controller, to, ATOM_NOT_STARTED, missing);
  if (!keep_waiting(*app, to)) return answer(self, controller, to, error_outcome(ATOM_SYSTEM_LIMIT));
  if (app->state == State::STARTING) return Next::CONTINUE;
  if (start_master(self, *app->spec, &app->master) != RSP_OK) {
    answer_waiting(self, *app, error_outcome(ATOM_SYSTEM_LIMIT));
    return Next::CONTINUE;
  }
  app->type = type;
  app->state = State::STARTING;
  app->has_exited = false;
  app->reason = Term();
  remove(controller, app);
  append(controller, app);
  return Next::CONTINUE;
}

Next stop(Process& self, Controller& controller, Application* app, LocalRef to) {
  const bool runs = app->state == State::RUNNING || app->state == State::STOPPING;
  if (!runs) return refuse(self, controller, to, ATOM_NOT_STARTED, app->spec->name);
  if (!keep_waiting(*app, to)) return answer(self, controller, to, error_outcome(ATOM_SYSTEM_LIMIT));
  if (app->state == State::STOPPING) return Next::CONTINUE;
  if (exit_signal(&self, app->master.pid, Term(ATOM_SHUTDOWN)) != RSP_OK) {
    answer_waiting(self, *app, error_outcome(ATOM_SYSTEM_LIMIT));
    return Next::CONTINUE;
  }
  app->state = State::STOPPING;
  return Next::CONTINUE;
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
  const bool starts = request.is_tagged(ATOM_START, 3) && is_type(request.element(2));
  const bool stops = request.is_tagged(ATOM_STOP, 2);
  const bool unloads = request.is_tagged(ATOM_UNLOAD, 2);
  if ((!starts && !stops && !unloads) || request.element(1).kind() != Kind::ATOM)
    return answer(self, controller, to, error_outcome(ATOM_BADARG));
  const Atom name = request.element(1).as_atom();
  Application* const app = find(controller, name);
  if (app == nullptr) return refuse(self, controller, to, stops ? ATOM_NOT_STARTED : ATOM_NOT_LOADED, name);
  if (starts) return start(self, controller, app, to, request.element(2).as_atom());
  return stops ? stop(self, controller, app, to) : unload(self, controller, app, to);
}

// ---- The process ----

Next message(Process& self, Envelope& envelope, void* state) {
  Controller& controller = *static_cast<Controller*>(state);
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
      if (Application* const app = find_master(controller, envelope.from)) on_news(self, *app, envelope.term);
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
