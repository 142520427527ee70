// What goes to an event manager and comes back, as native payloads (core/otp/gen_event.hpp).
#pragma once

#include <memory>

#include "core/otp/gen_event.hpp"

namespace rsp {

struct FreeEventRequest {
  void operator()(EventRequest* request) const;
};
using EventRequestPtr = std::unique_ptr<EventRequest, FreeEventRequest>;

/** Takes the request out of its message, which is left without a payload; nullptr: it is something else. */
EventRequestPtr take_event_request(Envelope& message);

/** An answer that is none: read_event_answer gives `code` and `reason`. Without memory the reason is system_limit. */
void refuse_event(rsp_server_return& ret, rsp_result code, Term reason);

}  // namespace rsp
