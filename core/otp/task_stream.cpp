#include "core/otp/task_stream.hpp"

#include "core/otp/client.hpp"
#include "core/otp/supervisor.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

constexpr uint64_t GRACE_MS = 5000;  // of tasks that are told to end
constexpr uint64_t RETRY_MS = 10;

/** One input, from its supply until its result is taken. */
struct Item {
  enum class State : uint8_t {
    STARTING,  // its supervisor has been asked: task.ref is the request
    RUNNING,
    DONE
  };

  Item* next = nullptr;
  Item* previous = nullptr;
  State state = State::RUNNING;
  bool has_value = false;
  bool is_late = false;  // it was killed for its time
  StartSpec* spec = nullptr;
  TaskRef task{};
  TimerRef timer{};
  Payload value;
  Term reason;  // of one that has ended without a value
};

void free_item(void* payload) {
  Item* const item = static_cast<Item*>(payload);
  if (item->value.ops != nullptr) drop_guarded(item->value.ops->drop, item->value.native);
  disown(item->spec);
  mem_delete(item);
}

const NativeOps& item_ops() {
  static const NativeOps ops{sizeof(NativeOps), &free_item, nullptr};
  return ops;
}

struct Stream {
  StreamOptions options;
  uint64_t max = 0;
  Pid owner;
  bool owner_traps = false;
  LocalRef owner_watch{};
  // In the order of the inputs, and where that does not count those that are done first. So the next result is the first.
  Item* first = nullptr;
  Item* last = nullptr;
  uint64_t count = 0;
  uint64_t unfinished = 0;
  bool is_exhausted = false;
  bool is_asked = false;     // `next` waits for its answer
  LocalRef asked{};          // then: where that goes
  Envelope* lent = nullptr;  // then: the question, while it is being handled
  bool is_stopping = false;
  bool is_failing = false;  // then: the owner is to hear why, when it asks
  Term end_reason;          // then
  TimerRef grace{};         // then

  // Few run at a time, so all of these look through all of them.
  template <class Wanted>
  Item* find(Wanted&& wanted) const {
    Item* item = first;
    while (item != nullptr && (item->state == Item::State::DONE || !wanted(*item))) item = item->next;
    return item;
  }

  void put_before(Item* place, Item* item) {
    item->next = place;
    item->previous = place == nullptr ? last : place->previous;
    (item->previous == nullptr ? first : item->previous->next) = item;
    (place == nullptr ? last : place->previous) = item;
    ++count;
  }

  void take_out(Item* item) {
    (item->previous == nullptr ? first : item->previous->next) = item->next;
    (item->next == nullptr ? last : item->next->previous) = item->previous;
    --count;
  }
};

// ---- The end ----

/** Memory is short where a task would be left behind: they go by their links. */
void give_up(Process& self) { condemn(self, Term(ATOM_SYSTEM_LIMIT)); }

rsp_result start_own_timer(Process& self, uint64_t ms, TimerRef* out) {
  Payload nothing;
  return start_timer(self, deadline_in_ms(ms), TimerTarget{self.id(), {}}, nothing, EnvelopeKind::TIMER, out);
}

void stop_timer(Process& self, TimerRef& timer) {
  bool active;
  uint64_t remaining;
  if (timer.ref.number != 0) cancel_timer(self, timer, &active, &remaining);
  timer = TimerRef{};
}

void kill_all(Process& self, Stream& stream) {
  for (Item* item = stream.first; item != nullptr; item = item->next) {
    if (item->state != Item::State::RUNNING) continue;
    if (exit_signal(&self, item->task.pid, Term(ATOM_KILL)) != RSP_OK) return give_up(self);
  }
}

void finish(Process& self, Stream& stream, Item& item) {
  stop_timer(self, item.timer);
  item.state = Item::State::DONE;
  --stream.unfinished;
}

/** Tells all tasks to end; when they have, the stream ends for `reason`. */
void stop(Process& self, Stream& stream, Term reason, bool is_failing) {
  if (stream.is_stopping) {
    stream.is_failing = stream.is_failing && is_failing;
    return;
  }
  stream.is_stopping = true;
  stream.is_failing = is_failing;
  stream.end_reason = std::move(reason);
  for (Item* item = stream.first; item != nullptr; item = item->next) {
    if (item->state == Item::State::STARTING) {
      abandon_request(self, item->task.ref);
      withdraw_task(self, *item->spec->ticket);
      finish(self, stream, *item);
    } else if (item->state == Item::State::RUNNING) {
      stop_timer(self, item->timer);
      // Without memory for the signal it is killed with those that take too long.
      (void)exit_signal(&self, item->task.pid, Term(ATOM_SHUTDOWN));
    }
  }
  if (stream.unfinished == 0) return;
  if (start_own_timer(self, GRACE_MS, &stream.grace) != RSP_OK) kill_all(self, stream);
}

void fail(Process& self, Stream& stream, Term reason) { stop(self, stream, std::move(reason), true); }

/** {timeout, {async_stream, Timeout}} */
Term timeout_reason(const Stream& stream) {
  Term call;
  Term reason;
  rsp_result built =
      make_tuple(&call, {TermBits(ATOM_ASYNC_STREAM), timeout_term(stream.options.timeout_ms)});
  if (built == RSP_OK) built = reason_tagged(&reason, ATOM_TIMEOUT, call);
  return or_atom(built, std::move(reason), ATOM_TIMEOUT);
}

// ---- What the owner is told ----

void answer(Process& self, Stream& stream, Payload payload) {
  const rsp_result result = stream.lent != nullptr
                                ? reply_with_loan(self, *stream.lent, stream.asked, payload)
                                : reply(&self, stream.asked, payload);
  stream.is_asked = false;
  if (result == RSP_OK) return;
  if (payload.ops != nullptr) drop_guarded(payload.ops->drop, payload.native);
  give_up(self);
}

/** A task has crashed whose owner does not trap exits: it ends for the same reason. */
Next crash(Process& self, Stream& stream, Term reason) {
  Term word;
  if (stream.is_asked && reason_tagged(&word, ATOM_EXIT, reason) == RSP_OK) {
    answer(self, stream, Payload{word, nullptr, nullptr});
  } else {
    (void)link_async(self, stream.owner);  // without memory the owner hears of it when it asks
  }
  kill_all(self, stream);  // by their links those that trap exits would outlive it
  return end_for(self, std::move(reason));
}

/** What there is to say, if the owner has asked. */
Next go_on(Process& self, Stream& stream) {
  if (stream.is_stopping) {
    if (stream.unfinished != 0 || (stream.is_failing && !stream.is_asked)) return Next::CONTINUE;
    return end_for(self, std::move(stream.end_reason));  // who has asked gets it as the reason
  }
  if (!stream.is_asked) return Next::CONTINUE;
  Item* const first = stream.first;
  const bool is_ready = first != nullptr && first->state == Item::State::DONE;
  const bool has_room = stream.count < stream.max || (!is_ready && stream.unfinished < stream.max);
  if (!stream.is_exhausted && has_room) {
    answer(self, stream, Payload{Term(ATOM_INPUT), nullptr, nullptr});
  } else if (is_ready) {
    stream.take_out(first);
    answer(self, stream, Payload{Term(), first, &item_ops()});
  } else if (first == nullptr) {
    answer(self, stream, Payload{Term(ATOM_DONE), nullptr, nullptr});
    return Next::STOP;
  }
  return Next::CONTINUE;
}

// ---- Tasks ----

void measure(Process& self, Stream& stream, Item& item) {
  item.state = Item::State::RUNNING;
  if (stream.options.timeout_ms == NEVER) return;
  if (start_own_timer(self, stream.options.timeout_ms, &item.timer) != RSP_OK)
    fail(self, stream, Term(ATOM_SYSTEM_LIMIT));
}

/** Its supervisor is asked for it. */
rsp_result ask_for(Process& self, Stream& stream, Item& item, Child* child) {
  item.state = Item::State::STARTING;
  if (!give_ticket(*child, self.pid())) {
    free_child(child);
    return RSP_ENOMEM;
  }
  return ask_to_start_child(self, stream.options.supervisor, child, &item.task.ref);
}

rsp_result start_own(Process& self, Stream& stream, Item& item, Child* child) {
  free_child(child);
  const rsp_result result = start_task(self, *item.spec, &item.task);
  if (result == RSP_OK) measure(self, stream, item);
  return result;
}

void add(Process& self, Stream& stream, Child* child) {
  if (stream.is_stopping) return free_child(child);
  Item* const item = mem_new<Item>();
  if (item == nullptr) {
    free_child(child);
    return fail(self, stream, Term(ATOM_SYSTEM_LIMIT));
  }
  item->spec = share(child->start);
  stream.put_before(nullptr, item);
  ++stream.unfinished;
  const bool is_supervised = !stream.options.supervisor.is_none();
  const rsp_result result =
      is_supervised ? ask_for(self, stream, *item, child) : start_own(self, stream, *item, child);
  if (result == RSP_OK) return;
  stream.take_out(item);
  --stream.unfinished;
  free_item(item);
  fail(self, stream, Term(result == RSP_EINVAL ? ATOM_INVALID_WORKER : ATOM_SYSTEM_LIMIT));
}

/** Its supervisor has answered. */
void started(Process& self, Stream& stream, Item& item, TermBits said) {
  const TermBits pid = said.is_tagged(ATOM_OK, 2) ? said.element(1) : said;
  rsp_result result = RSP_EEXITED;
  if (pid.kind() == Kind::PID) {
    result = begin_task(self, *item.spec->ticket, pid.as_pid(), stream.options.link, &item.task);
    if (result == RSP_OK) return measure(self, stream, item);
    withdraw_task(self, *item.spec->ticket);
  }
  finish(self, stream, item);
  const TermBits why = result != RSP_EEXITED           ? TermBits(ATOM_SYSTEM_LIMIT)
                       : said.is_tagged(ATOM_ERROR, 2) ? said.element(1)
                                                       : said;
  fail(self, stream, Term::share(why));
}

/** Something has come through a reference: a value, or what a supervisor says. */
void receive_answer_of(Process& self, Stream& stream, Envelope& envelope) {
  Item* const item = stream.find([&](const Item& one) { return answers(envelope, one.task.ref); });
  if (item == nullptr) return;
  if (item->state == Item::State::STARTING) return started(self, stream, *item, envelope.term);
  if (item->has_value || item->is_late) return;
  take_payload_back(&envelope, item->value);
  item->has_value = true;
  stop_timer(self, item->timer);
}

/** Behind those that are done already. */
void move_to_the_done(Stream& stream, Item* item) {
  stream.take_out(item);
  Item* place = stream.first;
  while (place != nullptr && place->state == Item::State::DONE) place = place->next;
  stream.put_before(place, item);
}

Next receive_down_of(Process& self, Stream& stream, const Envelope& envelope) {
  Item* const item = stream.find([&](const Item& one) { return answers(envelope, one.task.ref); });
  if (item == nullptr) return Next::CONTINUE;
  const bool had_begun = item->state == Item::State::RUNNING;
  finish(self, stream, *item);
  if (!had_begun) {
    fail(self, stream, Term::share(envelope.term));
    return Next::CONTINUE;
  }
  forget_link(self, item->task.pid, nullptr);
  if (!stream.options.ordered) move_to_the_done(stream, item);
  if (item->has_value || stream.is_stopping) return Next::CONTINUE;
  item->reason = item->is_late ? Term(ATOM_TIMEOUT) : Term::share(envelope.term);
  const bool is_fatal =
      stream.options.link && !stream.owner_traps && !item->is_late && !is_normal(envelope.term);
  return is_fatal ? crash(self, stream, item->reason) : Next::CONTINUE;
}

void receive_timer(Process& self, Stream& stream, const Envelope& envelope) {
  if (stream.is_stopping && envelope.ref == stream.grace.ref.number) return kill_all(self, stream);
  Item* const item = stream.find([&](const Item& one) { return one.timer.ref.number == envelope.ref; });
  if (item == nullptr || stream.is_stopping) return;
  if (!stream.options.kill_task) return fail(self, stream, timeout_reason(stream));
  item->is_late = true;
  item->timer = TimerRef{};
  if (exit_signal(&self, item->task.pid, Term(ATOM_KILL)) == RSP_OK) return;
  if (start_own_timer(self, RETRY_MS, &item->timer) != RSP_OK) give_up(self);
}

// ---- Behaviour ----

Child* take_child(Envelope& envelope) {
  if (!envelope.has(envelope_flag::NATIVE) || envelope.native != &child_request_ops()) return nullptr;
  Payload payload;
  take_payload_back(&envelope, payload);
  return static_cast<Child*>(payload.native);
}

void receive_from_owner(Process& self, Stream& stream, Envelope& envelope) {
  if (envelope.kind == EnvelopeKind::CALL) {
    stream.asked = LocalRef{envelope.ref, envelope.ref_owner};
    stream.is_asked = true;
    stream.lent = &envelope;
  } else if (Child* const child = take_child(envelope)) {
    add(self, stream, child);
  } else {
    stream.is_exhausted = true;
  }
}

Next message(Process& self, Envelope& envelope, void* state) {
  Stream& stream = *static_cast<Stream*>(state);
  stream.lent = nullptr;
  Next next = Next::CONTINUE;
  switch (envelope.kind) {
    case EnvelopeKind::CALL:
    case EnvelopeKind::CAST:
      if (envelope.from == stream.owner.id) receive_from_owner(self, stream, envelope);
      break;
    case EnvelopeKind::MESSAGE:
      receive_answer_of(self, stream, envelope);
      break;
    case EnvelopeKind::DOWN:
      if (envelope.ref == stream.owner_watch.number) stop(self, stream, Term(ATOM_NORMAL), false);
      next = receive_down_of(self, stream, envelope);
      break;
    case EnvelopeKind::TIMER:
      receive_timer(self, stream, envelope);
      break;
    case EnvelopeKind::EXIT: {
      const uint64_t from = envelope.from;
      const bool is_task = stream.find([&](const Item& one) { return one.task.pid.id == from; }) != nullptr;
      if (!is_task) stop(self, stream, Term::share(envelope.term), false);
      break;
    }
    default:
      break;
  }
  if (next != Next::CONTINUE || self.has(process_flag::CONDEMNED)) return next;
  return go_on(self, stream);
}

Next start(Process& self, void* state) {
  Stream& stream = *static_cast<Stream*>(state);
  const rsp_result result = monitor(self, stream.owner, MonitorOptions{}, &stream.owner_watch);
  return result == RSP_OK ? Next::CONTINUE : end_for(self, Term(ATOM_SYSTEM_LIMIT));
}

void drop(void* state) {
  Stream* const stream = static_cast<Stream*>(state);
  while (Item* const item = stream->first) {
    stream->take_out(item);
    free_item(item);
  }
  mem_delete(stream);
}

/** What a reply of the stream says; a result becomes the payload of its envelope. */
StreamEvent unwrap(Envelope* reply) {
  if (!reply->has(envelope_flag::NATIVE))
    return reply->term.is(ATOM_INPUT) ? StreamEvent::WANTS : StreamEvent::DONE;
  Payload wrapped;
  take_payload_back(reply, wrapped);
  Item* const item = static_cast<Item*>(wrapped.native);
  const bool has_value = item->has_value;
  Payload payload{std::move(item->reason), nullptr, nullptr};
  if (has_value) std::swap(payload, item->value);
  load_payload(reply, payload);
  free_item(item);
  return has_value ? StreamEvent::VALUE : StreamEvent::EXIT;
}

}  // namespace

rsp_result start_stream(Process& self, const StreamOptions& options, StreamRef* out) {
  static const Behaviour behaviour{&start, &message, &drop};
  Stream* const stream = mem_new<Stream>();
  if (stream == nullptr) return RSP_ENOMEM;
  stream->options = options;
  stream->max = options.max_concurrency != 0 ? options.max_concurrency : worker_count();
  stream->owner = self.pid();
  stream->owner_traps = self.has(process_flag::TRAP_EXIT);
  SpawnOptions spawn_options;
  spawn_options.trap_exit = true;
  Spawned spawned;
  const rsp_result result = spawn(&self, spawn_options, behaviour, stream, &spawned);
  if (result != RSP_OK) {
    mem_delete(stream);
    return result;
  }
  *out = StreamRef{spawned.pid, self.pid()};
  return RSP_OK;
}

rsp_result next_of_stream(Process& self, const StreamRef& stream, StreamEvent* event, Envelope** answer) {
  if (stream.owner.id != self.id()) return RSP_ENOTOWNER;
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  Payload question{Term(ATOM_NEXT), nullptr, nullptr};
  LocalRef ref;
  rsp_result result = send_request(self, stream.pid, question, &ref);
  if (result == RSP_OK) result = receive_response(self, ref, NEVER, answer);
  if (result == RSP_EEXITED || result == RSP_EXITING) return result;
  if (result != RSP_OK) {
    // What it would have said may be lost. Without memory for this, too, it goes with this process.
    (void)exit_signal(&self, stream.pid, Term(ATOM_SHUTDOWN));
    return result;
  }
  Envelope* const reply = *answer;
  if (!reply->has(envelope_flag::NATIVE) && reply->term.is_tagged(ATOM_EXIT, 2)) {
    condemn(self, Term::share(reply->term.element(1)));
    envelope_free(reply);
    return RSP_EXITING;
  }
  *event = unwrap(reply);
  return RSP_OK;
}

rsp_result supply_stream(Process& self, const StreamRef& stream, Child* child) {
  rsp_result result = stream.owner.id == self.id() ? RSP_OK : RSP_ENOTOWNER;
  Payload payload{Term(), child, &child_request_ops()};
  if (result == RSP_OK) result = send(&self, stream.pid, payload, EnvelopeKind::CAST);
  if (result != RSP_OK) free_child(child);
  return result;
}

rsp_result end_input(Process& self, const StreamRef& stream) {
  if (stream.owner.id != self.id()) return RSP_ENOTOWNER;
  Payload payload;
  return send(&self, stream.pid, payload, EnvelopeKind::CAST);
}

rsp_result halt_stream(Process& self, const StreamRef& stream) {
  if (stream.owner.id != self.id()) return RSP_ENOTOWNER;
  if (self.process_class == ProcessClass::HANDLER) return RSP_EWOULDBLOCK;
  LocalRef watch;
  rsp_result result = monitor(self, stream.pid, MonitorOptions{}, &watch);
  if (result != RSP_OK) return result;
  result = exit_signal(&self, stream.pid, Term(ATOM_SHUTDOWN));
  Envelope* down = nullptr;
  if (result == RSP_OK) result = receive_answer(self, watch, NEVER, &down);
  if (result == RSP_OK) {
    envelope_free(down);
  } else if (result != RSP_EXITING) {
    end_monitor(self, watch);
  }
  return result;
}

}  // namespace rsp
