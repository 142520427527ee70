/* Children of the benchmarks with supervisors: servers that tell the driver that they are up, and answer. */
#ifndef RESPROUT_BENCH_CHILDREN_H
#define RESPROUT_BENCH_CHILDREN_H

#include "bench.h"

/** What they are started with: whom to tell, nobody if it is no process. */
static rsp_pid bench_driver;

static inline rsp_next bench_child_init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)ctx;
  (void)args;
  ret->state = NULL;
  if (bench_driver.id != 0) CHECK(rsp_send(self, bench_driver, rsp_term_pid(rsp_self_pid(self))));
  return RSP_NEXT_CONTINUE;
}

static inline rsp_next bench_child_call(rsp_self* self, void* state, rsp_msg* message, rsp_from from,
                                        rsp_server_return* ret) {
  (void)self;
  (void)state;
  (void)from;
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp_term_copy(rsp_msg_term(message));
  return RSP_NEXT_CONTINUE;
}

static const rsp_server_ops BENCH_CHILD = {.size = sizeof(rsp_server_ops),
                                           .name = "child",
                                           .init = bench_child_init,
                                           .handle_call = bench_child_call};

static inline rsp_child_spec bench_child(long id) {
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.id = rsp_term_int(id);
  child.start.ops = &BENCH_CHILD;
  return child;
}

/** A supervisor that never gives up. */
static inline rsp_supervisor_opts bench_supervisor(rsp_strategy strategy) {
  rsp_supervisor_opts options = RSP_SUPERVISOR_OPTS_INIT;
  options.strategy = strategy;
  options.max_restarts = 1000000000;
  return options;
}

#endif
