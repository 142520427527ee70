#include "core/otp/statem_timeout.hpp"

#include <utility>

#include "core/term/compare.hpp"

namespace rsp {

struct Timeouts::Timeout {
  Verb verb = Verb::START;
  Event event;  // what comes of it
  uint64_t time_ms = 0;
  TimerRef timer{};
  bool is_due = false;
  Timeout* next = nullptr;
};

void Timeouts::List::append(Timeout* timeout) {
  timeout->next = nullptr;
  (last == nullptr ? first : last->next) = timeout;
  last = timeout;
}

Timeouts::Timeout* Timeouts::List::take_out(Timeout* timeout) {
  Timeout* previous = nullptr;
  for (Timeout* other = first; other != timeout; other = other->next) previous = other;
  (previous == nullptr ? first : previous->next) = timeout->next;
  if (last == timeout) last = previous;
  return timeout;
}

Timeouts::Timeout* Timeouts::List::find(Key key) const {
  Timeout* timeout = first;
  while (timeout != nullptr && (timeout->event.type != key.type || !equal(timeout->event.name, key.name)))
    timeout = timeout->next;
  return timeout;
}

rsp_result Timeouts::ask(const Process& self, Verb verb, Key key, uint64_t time_ms, Payload& payload) {
  Timeout* const timeout = mem_new<Timeout>();
  if (timeout == nullptr) return RSP_ENOMEM;
  timeout->event.message = make_message(EnvelopeKind::MESSAGE, self.id(), payload);
  if (timeout->event.message == nullptr) {
    mem_delete(timeout);
    return RSP_ENOMEM;
  }
  timeout->verb = verb;
  timeout->event.type = key.type;
  timeout->event.name = Term::share(key.name);
  timeout->time_ms = time_ms;
  if (Timeout* const before = asked_.find(key)) {
    envelope_free(asked_.take_out(before)->event.message);
    mem_delete(before);
  }
  asked_.append(timeout);
  return RSP_OK;
}

void Timeouts::cancel(Process& self, Key key) {
  Timeout* const timeout = running_.find(key);
  if (timeout == nullptr) return;
  running_.take_out(timeout);
  if (!timeout->is_due) {
    bool active;
    uint64_t remaining_ns;
    cancel_timer(self, timeout->timer, &active, &remaining_ns);
  }
  drop_event(self, timeout->event);
  mem_delete(timeout);
}

/** It is in the list. False: there is no memory for its timer. */
bool Timeouts::begin(Process& self, Timeout* timeout) {
  running_.append(timeout);
  timeout->is_due = timeout->time_ms == 0;
  if (timeout->is_due) return true;
  Payload nothing;
  return start_timer(self, deadline_in_ms(timeout->time_ms), TimerTarget{self.id(), {}}, nothing,
                     EnvelopeKind::SYSTEM, &timeout->timer) == RSP_OK;
}

bool Timeouts::apply(Process& self) {
  bool has_memory = true;
  while (Timeout* const timeout = asked_.first) {
    asked_.take_out(timeout);
    const Key key{timeout->event.type, timeout->event.name};
    Timeout* const running = timeout->verb == Verb::UPDATE ? running_.find(key) : nullptr;
    if (running != nullptr) {
      std::swap(running->event.message, timeout->event.message);
    } else {
      cancel(self, key);
      if (timeout->verb != Verb::CANCEL) {
        has_memory = begin(self, timeout) && has_memory;
        continue;
      }
    }
    drop_event(self, timeout->event);
    mem_delete(timeout);
  }
  return has_memory;
}

bool Timeouts::take_fired(const Envelope& message, Event* event) {
  for (Timeout* timeout = running_.first; timeout != nullptr; timeout = timeout->next) {
    if (timeout->is_due || timeout->timer.ref.number != message.number) continue;
    *event = std::move(running_.take_out(timeout)->event);
    mem_delete(timeout);
    return true;
  }
  return false;
}

bool Timeouts::has_due() const {
  const Timeout* timeout = running_.first;
  while (timeout != nullptr && !timeout->is_due) timeout = timeout->next;
  return timeout != nullptr;
}

void Timeouts::take_due(Event* event) {
  Timeout* timeout = running_.first;
  while (!timeout->is_due) timeout = timeout->next;
  *event = std::move(running_.take_out(timeout)->event);
  mem_delete(timeout);
}

void Timeouts::drop(Process& self) {
  for (List* const list : {&asked_, &running_}) {
    while (Timeout* const timeout = list->first) {
      drop_event(self, list->take_out(timeout)->event);
      mem_delete(timeout);
    }
  }
}

}  // namespace rsp
