// The master of an application (core/otp/application.hpp).
//
//   STARTING  waits for the top                  failed: tells the controller, and ends
//   RUNNING   waits for the end of the top, or to be told to stop
//   then      prep_stop, the top is stopped, stop: what there is of them; and it ends
//
// The callbacks have processes of their own, which are made with the master and wait: when the runtime stops none can be made
// any more. They are its charges.
#include "core/otp/application.hpp"
#include "core/otp/callback_run.hpp"
#include "core/otp/function_end.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct Master;
Next wait_for_start(Process& self, Master& master);
Next after_start(Process& self, Master& master);

struct Master {
  ApplicationSpec* spec = nullptr;
  StartWait wait{};
  FunctionEnd<Master, &after_start, &wait_for_start> function{*this};
  Pid top{};             // once it is up, until it has ended
  bool is_told = false;  // to stop
  Term reason;           // of the top that has ended by itself
  Pid prep_stop{};       // the processes of the callbacks
  Pid stop{};
  LocalRef ended{};  // what is waited for: the end of a callback, or of the top
  Next (*then)(Process& self, Master& master) = nullptr;  // after a callback
};

Next out_of_memory(Process& self) { return end_for(self, Term(ATOM_SYSTEM_LIMIT)); }

/** Tells the controller, which is the parent. */
bool tell(Process& self, Term what) {
  Payload payload{std::move(what), nullptr, nullptr};
  return send(&self, Pid{self.parent, 0, 0}, payload, EnvelopeKind::SYSTEM) == RSP_OK;
}

/** {What, Of} */
bool tell(Process& self, Atom what, TermBits of) {
  Term both;
  return make_tuple(&both, {TermBits(what), of}) == RSP_OK && tell(self, std::move(both));
}

bool is_order(const Process& self, const Envelope* message) {
  return message != nullptr && message->kind == EnvelopeKind::EXIT && is_overseer(self, message->from);
}

// ---- Callbacks ----

struct CallbackProcess;
Next callback_is_over(Process& self, CallbackProcess&, Next next) {
  return next == Next::RAISE && has_exception(self) ? next : Next::STOP;
}

struct CallbackProcess {
  ApplicationSpec* spec = nullptr;
  rsp_application_callback function = nullptr;
  uint64_t master = 0;
  CallbackRun<CallbackProcess, &callback_is_over> callback{*this};
};

/** The master says when. */
Next run_callback(Process& self, Envelope& message, void* state) {
  CallbackProcess& process = *static_cast<CallbackProcess*>(state);
  if (message.kind != EnvelopeKind::SYSTEM || message.from != process.master) return Next::CONTINUE;
  return process.callback.run(
      self, [&] { return from_public(process.function(to_public(self), process.spec->ctx)); });
}

void drop_callback(void* state) {
  CallbackProcess* const process = static_cast<CallbackProcess*>(state);
  disown(process->spec);
  mem_delete(process);
}

/** Makes the process that will run the callback, if there is one. */
rsp_result make_callback(Process& self, ApplicationSpec& spec, rsp_application_callback function, Pid* out) {
  static const Behaviour behaviour{nullptr, &run_callback, &drop_callback};
  if (function == nullptr) return RSP_OK;
  CallbackProcess* const process = mem_new<CallbackProcess>();
  if (process == nullptr) return RSP_ENOMEM;
  process->spec = share(&spec);
  process->function = function;
  process->master = self.id();
  SpawnOptions options;
  options.charge = true;
  options.lane = spec.lane;
  Spawned spawned;
  const rsp_result result = spawn(&self, options, behaviour, process, &spawned);
  if (result != RSP_OK) drop_callback(process);
  if (result == RSP_OK) *out = spawned.pid;
  return result;
}

Next on_callback_over(Process& self, Envelope*, void* context) {
  Master& master = *static_cast<Master*>(context);
  return master.then(self, master);
}

/** Has the callback run, if there is one, and then goes on. */
Next run_and(Process& self, Master& master, Pid callback, Next (*then)(Process&, Master&)) {
  if (callback.is_none()) return then(self, master);
  Payload order{Term(ATOM_OK), nullptr, nullptr};
  if (monitor(self, callback, MonitorOptions{}, &master.ended) != RSP_OK ||
      send(&self, callback, order, EnvelopeKind::SYSTEM) != RSP_OK) {
    return out_of_memory(self);
  }
  master.then = then;
  return await(self, master.ended.number, NEVER, &on_callback_over, &master);
}

// ---- Stopping ----

Next finish(Process& self, Master& master) {
  if (master.is_told) return Next::STOP;
  return tell(self, ATOM_EXITED, master.reason) ? Next::STOP : out_of_memory(self);
}

Next after_top(Process& self, Master& master) { return run_and(self, master, master.stop, &finish); }

Next on_top_gone(Process& self, Envelope* answer, void* context) {
  Master& master = *static_cast<Master*>(context);
  if (!is_order(self, answer)) return after_top(self, master);
  // The runtime may have begun to stop meanwhile, and so there be less time: the top is told, too.
  if (exit_signal(&self, master.top, Term(ATOM_SHUTDOWN)) != RSP_OK) return out_of_memory(self);
  return await(self, master.ended.number, NEVER, &on_top_gone, &master, overseer(self));
}

Next stop_top(Process& self, Master& master) {
  if (master.top.is_none()) return after_top(self, master);
  if (monitor(self, master.top, MonitorOptions{}, &master.ended) != RSP_OK ||
      exit_signal(&self, master.top, Term(ATOM_SHUTDOWN)) != RSP_OK) {
    return out_of_memory(self);  // its link tells the top
  }
  return await(self, master.ended.number, NEVER, &on_top_gone, &master, overseer(self));
}

Next begin_stop(Process& self, Master& master) { return run_and(self, master, master.prep_stop, &stop_top); }

// ---- Starting ----

Next after_start(Process& self, Master& master) {
  if (!master.wait.is_ok()) {
    const Term why = master.wait.is_ignore() ? Term(ATOM_IGNORE) : master.wait.error();
    return tell(self, error_outcome(why)) ? Next::STOP : out_of_memory(self);
  }
  master.top = master.wait.pid();
  if (!tell(self, ATOM_OK, master.top)) return out_of_memory(self);
  return master.is_told ? begin_stop(self, master) : Next::CONTINUE;
}

Next on_started(Process& self, Envelope* answer, void* context) {
  Master& master = *static_cast<Master*>(context);
  if (is_order(self, answer)) {
    master.is_told = true;
    // A supervisor stops in order what it has started already; of anything else nobody knows what that would be.
    const bool is_asked = master.spec->start->supervisor != nullptr &&
                          exit_signal(&self, master.wait.pid(), Term(ATOM_SHUTDOWN)) == RSP_OK;
    if (!is_asked) master.wait.abort(self);
    return wait_for_start(self, master);
  }
  if (!master.wait.on_answer(self, answer)) return wait_for_start(self, master);
  return master.spec->start->function == nullptr ? after_start(self, master) : master.function.run(self, 0);
}

Next wait_for_start(Process& self, Master& master) {
  return await(self, master.wait.ref(), master.wait.deadline_ns(), &on_started, &master,
               master.is_told ? 0 : overseer(self));
}

Next start(Process& self, void* state) {
  Master& master = *static_cast<Master*>(state);
  StartSpec& spec = *master.spec->start;
  StartOptions options;
  options.link = spec.function == nullptr;
  options.charge = !options.link;
  const ApplicationSpec& made_of = *master.spec;
  rsp_result result = make_callback(self, *master.spec, made_of.prep_stop, &master.prep_stop);
  if (result == RSP_OK) result = make_callback(self, *master.spec, made_of.stop, &master.stop);
  if (result == RSP_OK) result = master.wait.begin(self, spec, options);
  if (result == RSP_ENOMEM) return out_of_memory(self);
  if (result != RSP_OK) {
    master.wait.refuse(result == RSP_EINVAL ? ATOM_INVALID_WORKER : ATOM_SYSTEM_LIMIT);
    return after_start(self, master);
  }
  return tell(self, ATOM_START, master.wait.pid()) ? wait_for_start(self, master) : out_of_memory(self);
}

Next message(Process& self, Envelope& envelope, void* state) {
  Master& master = *static_cast<Master*>(state);
  const bool is_asked = envelope.kind == EnvelopeKind::SYSTEM && envelope.term.is_tagged(ATOM_TERMINATE, 2);
  if (is_asked || is_order(self, &envelope)) {
    master.is_told = true;
    return begin_stop(self, master);
  }
  if (envelope.kind != EnvelopeKind::EXIT || envelope.from != master.top.id) return Next::CONTINUE;
  master.top = Pid{};
  master.reason = Term::share(envelope.term);
  return begin_stop(self, master);
}

void drop(void* state) {
  Master* const master = static_cast<Master*>(state);
  disown(master->spec);
  mem_delete(master);
}

}  // namespace

rsp_result start_master(Process& self, ApplicationSpec& spec, Spawned* out) {
  static const Behaviour behaviour{&start, &message, &drop};
  Master* const master = mem_new<Master>();
  if (master == nullptr) return RSP_ENOMEM;
  master->spec = share(&spec);
  SpawnOptions options;
  options.link = true;
  options.monitor = true;
  options.rooted = true;
  options.trap_exit = true;
  const rsp_result result = spawn(&self, options, behaviour, master, out);
  if (result != RSP_OK) drop(master);
  return result;
}

}  // namespace rsp
