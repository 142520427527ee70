/* A native child as a stranger writes it: resprout/api.h and C, nothing of the library is linked. */
#include <stdbool.h>
#include <stdlib.h>

#include "resprout/api.h"

static _Atomic(const rsp_api*) rsp;

struct counter {
  int64_t value;
};

/* args is where the counter begins. */
static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)ctx;
  int64_t first;
  if (rsp->term_get_int(&first, args) != RSP_OK) return rsp->error(self, args);
  struct counter* const counter = malloc(sizeof *counter);
  if (counter == NULL) return rsp->error(self, rsp->term_nil());
  counter->value = first;
  ret->state = counter;
  return RSP_NEXT_CONTINUE;
}

/* An integer is added, and the sum is the answer; anything else is what the child ends with. */
static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from from,
                            rsp_server_return* ret) {
  (void)from;
  struct counter* const counter = state;
  int64_t more;
  if (rsp->term_get_int(&more, rsp->msg_term(msg)) != RSP_OK) return rsp->exit(self, rsp->msg_term(msg));
  counter->value += more;
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp->term_int(counter->value);
  return RSP_NEXT_CONTINUE;
}

static const rsp_server_ops COUNTER = {
    .size = sizeof(rsp_server_ops),
    .name = "counter",
    .init = init,
    .handle_call = handle_call,
    .free_state = free,
};

RSP_API const rsp_server_ops* counter(const rsp_api* api) {
  if (api->size < sizeof *api) return NULL;
  rsp = api;
  return &COUNTER;
}

/* The table that the last start brought. */
RSP_API const rsp_api* table_received(void) { return rsp; }

/* What a child says that finds the library too old for it. */
RSP_API const rsp_server_ops* too_new(const rsp_api* api) {
  (void)api;
  return NULL;
}

/* Built against a header whose server type was shorter. */
RSP_API const rsp_server_ops* cut_short(const rsp_api* api) {
  (void)api;
  static const rsp_server_ops OPS = {.size = sizeof(size_t), .name = "cut_short", .init = init};
  return &OPS;
}

/* Whether a function that the table has, and one behind its end, are told apart. */
RSP_API bool knows_where_the_table_ends(const rsp_api* api) {
  rsp_api shorter = *api;
  shorter.size = offsetof(rsp_api, read_timer);
  return RSP_API_HAS(api, read_timer) && !RSP_API_HAS(&shorter, read_timer) &&
         RSP_API_HAS(&shorter, cancel_timer);
}
