// A handler that is to be added, and what a callback of one does next.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "resprout/event.h"
#include "resprout/term.hpp"

namespace resprout {
namespace detail {

/** What a handler is made of: fills in its type, and a context, which is the runtime's when it has been given. */
class handler_code {
 public:
  virtual ~handler_code() = default;
  virtual rsp_result fill(rsp_event_handler* out) const = 0;
};

/** What a handler has put in its place, as the C API reads it when the callback has returned. */
struct handler_swap {
  std::shared_ptr<const handler_code> code;
  term id;
  rsp_event_handler raw = RSP_EVENT_HANDLER_INIT;
};

}  // namespace detail

/** A handler to be added: a type, and what it is made of. A value; each use makes one anew. */
class event_handler {
 public:
  explicit event_handler(std::shared_ptr<const detail::handler_code> code) : code_(std::move(code)) {}

  /** Known as {Name, Id} in place of the name of its type, so that there can be several. */
  event_handler& id(term what) { return id_ = std::move(what), *this; }

  /** For the border: `give(raw)` hands it to the C API, and says what that said. */
  template <class Give>
  rsp_result lend(Give&& give) const {
    rsp_event_handler raw = RSP_EVENT_HANDLER_INIT;
    const rsp_result filled = code_->fill(&raw);
    if (filled != RSP_OK) return filled;
    raw.id = id_.raw();
    const rsp_result code = give(raw);
    if (code == RSP_EINVAL) raw.ctx_free(raw.ctx);
    return code;
  }
  /** The same, in place of another handler. */
  rsp_result put_into(detail::handler_swap& swap) const {
    swap.code = code_;
    swap.id = id_;
    const rsp_result filled = code_->fill(&swap.raw);
    if (filled == RSP_OK) swap.raw.id = swap.id.raw();
    return filled;
  }

 private:
  std::shared_ptr<const detail::handler_code> code_;
  term id_;
};

/** What becomes of an event handler after a callback. */
class event_flow {
 public:
  /** It goes on. */
  static event_flow go_on() noexcept { return event_flow(RSP_EVENT_OK); }
  /** The same, and the manager gives back what memory it can until the next message. */
  static event_flow hibernate() noexcept {
    event_flow made(RSP_EVENT_OK);
    made.hibernates_ = true;
    return made;
  }
  /** It is removed: its terminate gets `remove_handler`. */
  static event_flow remove_handler() noexcept { return event_flow(RSP_EVENT_REMOVE_HANDLER); }
  /** Another one comes in its place: its own terminate gets `args`, and the other's init_swap what that returns. */
  static event_flow swap_handler(const term& args, const event_handler& other) {
    event_flow made(RSP_EVENT_SWAP_HANDLER);
    made.term_ = args;
    made.other_ = other;
    return made;
  }
  /** As a throw of this exception, for code that does not throw: it is removed. */
  static event_flow raise(const raised& exception) {
    event_flow made(RSP_EVENT_OK);
    made.class_ = exception.exception_class();
    made.term_ = exception.value();
    return made;
  }

  /** For the border: what the C API is told. `swap` lies in the handler's state. */
  rsp_next tell(rsp_self* self, detail::handler_swap& swap, rsp_event_return* ret) && {
    if (class_) return rsp_raise(self, *class_, term_.raw(), {0, 0});
    ret->action = action_;
    ret->hibernate = hibernates_;
    if (!other_) return RSP_NEXT_CONTINUE;
    const rsp_result put = other_->put_into(swap);
    if (put != RSP_OK) return rsp_error(self, detail::word(detail::word_of(put)).get());
    ret->handler = &swap.raw;
    ret->args = term_.release();
    return RSP_NEXT_CONTINUE;
  }

 private:
  explicit event_flow(rsp_event_action action) noexcept : action_(action) {}

  rsp_event_action action_;
  bool hibernates_ = false;
  std::optional<rsp_class> class_;
  std::optional<event_handler> other_;
  term term_;
};

/** The answer to a call of an event handler, and what becomes of the handler then. */
template <class R>
class event_reply {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): an answer is one
  event_reply(R answer, event_flow then = event_flow::go_on())
      : answer_(std::move(answer)), then_(std::move(then)) {}

  R& answer() noexcept { return answer_; }
  event_flow& then() noexcept { return then_; }

 private:
  R answer_;
  event_flow then_;
};

}  // namespace resprout
