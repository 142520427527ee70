/* A handler calls a gen_server, with a monitor and a timeout of 5 s in each call. One operation is a call. */
#include "bench.h"

struct caller {
  rsp_pid server;
  rsp_term request;
  long left;
  long count;
  struct bench_figures* figures;
};

static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)self;
  (void)args;
  ret->state = ctx;
  return RSP_NEXT_CONTINUE;
}

static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* message, rsp_from from,
                            rsp_server_return* ret) {
  (void)self;
  (void)message;
  (void)from;
  ret->action = RSP_SERVER_REPLY;
  ret->reply = *(const rsp_term*)state;
  return RSP_NEXT_CONTINUE;
}

static const rsp_server_ops OPS = {
    .size = sizeof(rsp_server_ops), .name = "echo", .init = init, .handle_call = handle_call};

static rsp_next call(rsp_self* self, rsp_msg* answer, void* state) {
  struct caller* caller = state;
  if (answer != NULL && rsp_msg_get_kind(answer) == RSP_MSG_DOWN) abort();
  if (caller->left-- == 0) {
    bench_end(caller->figures, caller->count);
    return RSP_NEXT_STOP;
  }
  rsp_ref request;
  CHECK(rsp_send_request(self, &request, caller->server, caller->request));
  return rsp_await(self, request, 5000, call, caller);
}

static rsp_next begin(rsp_self* self, rsp_msg* message, void* state) {
  bench_begin(((struct caller*)state)->figures);
  return call(self, message, state);
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  rsp_term pong = bench_atom("pong");
  struct caller caller = {{0, 0, 0}, bench_atom("ping"), 0, bench_scaled(parameters[0], scale), figures};
  caller.left = caller.count;
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &OPS;
  spec.ctx = &pong;
  CHECK(rsp_server_start(self, &caller.server, NULL, NULL, &spec, NULL));
  bench_run_process(self, begin, bench_ignore, &caller);
  CHECK(rsp_stop(self, NULL, caller.server, bench_atom("normal"), 5000));
}

int main(int argc, char** argv) { return bench_main(argc, argv, 1, run); }
