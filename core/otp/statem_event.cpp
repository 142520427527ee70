#include "core/otp/statem_event.hpp"

#include <utility>

namespace rsp {

void drop_event(Process& self, Event& event) {
  if (event.message != nullptr) retire(self, event.message);
  event.message = nullptr;
  event.name = Term();
}

bool EventList::append(Event& event) {
  Event* const kept = mem_new<Event>(std::move(event));
  if (kept == nullptr) return false;
  event.message = nullptr;  // NOLINT(bugprone-use-after-move): a pointer, which the move leaves in both
  kept->next = nullptr;
  (last_ == nullptr ? first_ : last_->next) = kept;
  last_ = kept;
  return true;
}

Event EventList::pop() {
  Event* const oldest = first_;
  first_ = oldest->next;
  if (first_ == nullptr) last_ = nullptr;
  Event event = std::move(*oldest);
  event.next = nullptr;
  mem_delete(oldest);
  return event;
}

void EventList::prepend(EventList& others) {
  others.append(*this);
  std::swap(first_, others.first_);
  std::swap(last_, others.last_);
}

void EventList::append(EventList& others) {
  if (others.first_ == nullptr) return;
  (last_ == nullptr ? first_ : last_->next) = others.first_;
  last_ = others.last_;
  others.first_ = others.last_ = nullptr;
}

void EventList::drop(Process& self) {
  while (!is_empty()) {
    Event event = pop();
    drop_event(self, event);
  }
}

}  // namespace rsp
