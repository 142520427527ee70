#include "core/otp/event_handler.hpp"

#include "core/otp/sys.hpp"
#include "core/term/compare.hpp"

namespace rsp {

EventHandler::~EventHandler() {
  if (has_state && ops->free_state != nullptr) drop_guarded(ops->free_state, state);
  drop_guarded(ctx_free, ctx);
}

rsp_result make_event_handler(EventHandler** out, const rsp_event_handler& from) {
  const rsp_event_ops* const ops = from.ops;
  if (ops == nullptr || !is_readable(*ops) || ops->name == nullptr || ops->init == nullptr ||
      ops->handle_event == nullptr)
    return RSP_EINVAL;
  const TermBits id = from_public(from.id);
  const TermBits args = from_public(from.args);
  if (!id.is_well_formed() || !args.is_well_formed()) return RSP_EINVAL;
  Atom type;
  rsp_result result = atom_intern(ops->name, &type);
  if (result != RSP_OK) return result;
  Term name(type);
  if (!id.is_nil()) result = make_tuple(&name, {TermBits(type), id});
  if (result != RSP_OK) return result;
  EventHandler* const handler = mem_new<EventHandler>();
  if (handler == nullptr) return RSP_ENOMEM;
  handler->ops = ops;
  handler->name = std::move(name);
  handler->args = Term::share(args);
  handler->ctx = from.ctx;
  handler->ctx_free = from.ctx_free;
  *out = handler;
  return RSP_OK;
}

void unmake(EventHandler* handler) {
  handler->ctx_free = nullptr;
  mem_delete(handler);
}

bool is_handler_name(TermBits name) {
  if (name.kind() == Kind::TUPLE) return name.size() == 2 && name.element(0).is_atom();
  return name.is_atom();
}

EventHandler* EventHandlers::find(TermBits name) const {
  EventHandler* handler = first;
  while (handler != nullptr && !equal(handler->name, name)) handler = handler->next;
  return handler;
}

bool EventHandlers::has_supervisor(Pid pid) const {
  for (const EventHandler* handler = first; handler != nullptr; handler = handler->next) {
    if (handler->supervisor == pid) return true;
  }
  return false;
}

void EventHandlers::insert(EventHandler* handler, EventHandler* after) {
  EventHandler*& place = after != nullptr ? after->next : first;
  handler->next = place;
  handler->previous = after;
  if (place != nullptr) place->previous = handler;
  place = handler;
}

void EventHandlers::remove(EventHandler* handler) {
  if (handler->next != nullptr) handler->next->previous = handler->previous;
  (handler->previous != nullptr ? handler->previous->next : first) = handler->next;
  handler->next = handler->previous = nullptr;
}

Term said_states(Process& self, const EventHandlers& handlers) {
  size_t count = 0;
  for (const EventHandler* it = handlers.first; it != nullptr; it = it->next) ++count;
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  rsp_result result = rows == nullptr ? RSP_ENOMEM : RSP_OK;
  size_t made = 0;
  for (const EventHandler* it = handlers.first; it != nullptr && result == RSP_OK; it = it->next) {
    const bool can_say = RSP_HAS(rsp_event_ops, it->ops, format_status);
    const Term said = said_by(self, can_say ? it->ops->format_status : nullptr, it->state);
    Term row;
    result = make_tuple(&row, {it->name, said});
    if (result == RSP_OK) rows[made++] = row.release();
  }
  Term list;
  if (result == RSP_OK) result = make_list(&list, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  return result == RSP_OK ? list : Term();
}

Payload EventReturn::take_payload() {
  Term term = take_public(raw.reply);
  if (raw.reply_ops == nullptr) return Payload{std::move(term), nullptr, nullptr};
  Payload payload{Term(), raw.reply_native, from_public(raw.reply_ops)};
  raw.reply_ops = nullptr;
  return payload;
}

void EventReturn::clear() {
  take_public(raw.reply);
  take_reason();
  take_args();
  if (raw.reply_ops != nullptr) drop_guarded(raw.reply_ops->drop, raw.reply_native);
  raw = rsp_event_return{};
  raw.size = sizeof(rsp_event_return);
}

void EventReturn::become_bad(TermBits value) {
  Term kept = Term::share(value);  // it may be a part of what is cleared
  void* const given = raw.state;
  clear();
  raw.state = given;
  raw.action = RSP_EVENT_BAD_RETURN;
  raw.reason = to_public(kept.release());
}

void EventReturn::read_thrown(TermBits thrown, bool in_init, bool in_call) {
  clear();
  if (in_call && thrown.is_tagged(ATOM_OK, 3)) {
    raw.reply = to_public(Term::share(thrown.element(1)).release());
  } else if (in_call && thrown.is_tagged(ATOM_REMOVE_HANDLER, 2)) {
    raw.action = RSP_EVENT_REMOVE_HANDLER;
    raw.reply = to_public(Term::share(thrown.element(1)).release());
  } else if (!in_init && !in_call && thrown.is(ATOM_REMOVE_HANDLER)) {
    raw.action = RSP_EVENT_REMOVE_HANDLER;
  } else if (in_init && thrown.is_tagged(ATOM_ERROR, 2)) {
    raw.action = RSP_EVENT_ERROR;
    raw.reason = to_public(Term::share(thrown.element(1)).release());
  } else if (in_init || in_call || !thrown.is_tagged(ATOM_OK, 2)) {
    become_bad(thrown);
  }
}

}  // namespace rsp
