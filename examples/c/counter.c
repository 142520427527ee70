/* A counter under a supervisor: asked for what it cannot do it ends, alone, and a fresh one takes its place.
 */
#include <resprout/resprout.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- The counter: a server whose state is one number ---- */

static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)ctx, (void)args;
  ret->state = calloc(1, sizeof(int64_t));
  return ret->state != NULL ? RSP_NEXT_CONTINUE : rsp_exit(self, rsp_term_nil());
}

static rsp_next add(rsp_self* self, void* state, rsp_msg* msg, rsp_from from, rsp_server_return* ret) {
  (void)from;
  int64_t* sum = state;
  int64_t number;
  if (rsp_term_get_int(&number, rsp_msg_term(msg)) != RSP_OK) return rsp_error(self, rsp_msg_term(msg));
  *sum += number;
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp_term_int(*sum);
  return RSP_NEXT_CONTINUE;
}

static const rsp_server_ops COUNTER = {
    .size = sizeof(rsp_server_ops), .name = "counter", .init = init, .handle_call = add, .free_state = free};

/* ---- The program ---- */

/* Calls whoever has the name, and prints the answer, or why there is none. */
static void ask(rsp_self* self, rsp_atom name, rsp_term request) {
  char text[200];
  rsp_msg* answer = NULL;
  rsp_term reason = rsp_term_nil();
  rsp_result result = rsp_call_name(self, &answer, &reason, name, request, 1000);
  if (rsp_term_format(text, sizeof text, NULL, result == RSP_OK ? rsp_msg_term(answer) : reason) == RSP_OK) {
    printf("%s: %s\n", rsp_result_name(result), text);
  }
  rsp_msg_free(answer);
  rsp_term_free(reason);
}

static bool none(const rsp_msg* msg, void* ctx) {
  (void)msg, (void)ctx;
  return false;
}

/* The name is free from the end of one counter until the supervisor has started the next: looks each millisecond. */
static rsp_result wait_for(rsp_self* self, rsp_atom name) {
  rsp_receive_opts pause = RSP_RECEIVE_OPTS_INIT;
  pause.timeout_ms = 1;
  pause.match = none; /* messages stay where they are */
  while (rsp_whereis(name).id == 0) {
    rsp_msg* msg;
    rsp_result result = rsp_receive(self, &msg, &pause);
    if (result != RSP_ETIMEDOUT) return result;
  }
  return RSP_OK;
}

int main(void) {
  rsp_self* self;
  rsp_atom name;
  rsp_term seven;
  if (rsp_runtime_start(NULL) != RSP_OK || rsp_attach(&self) != RSP_OK) return 1; /* this thread: a process */
  if (rsp_atom_intern(&name, "counter", 7) != RSP_OK || rsp_term_string(&seven, "seven", 5) != RSP_OK)
    return 1;

  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  child.start.ops = &COUNTER;
  child.start.name = name;
  rsp_pid supervisor;
  if (rsp_supervisor_start(self, &supervisor, NULL, &child, 1, NULL, NULL) != RSP_OK) return 1;

  ask(self, name, rsp_term_int(20)); /* 20 */
  ask(self, name, rsp_term_int(22)); /* 42 */
  ask(self, name, seven);            /* not a number: the counter ends, and we hear why */
  if (wait_for(self, name) != RSP_OK) return 1;
  ask(self, name, rsp_term_int(1)); /* 1: another counter, with a clean state */

  rsp_term_free(seven);
  if (rsp_detach(self, rsp_term_nil()) != RSP_OK || rsp_runtime_stop(RSP_INFINITE) != RSP_OK) return 1;
  return 0;
}
