/* So many senders, each with so many messages, to one receiver. One operation is a message. A sender sends
 * 100 in a turn and then a message to itself: a handler has to give way by itself where a BEAM process is
 * preempted.
 */
#include "bench.h"

#define BURST 100

struct receiver {
  long senders;
  long each;
  long rounds;
  long left;
  long ops;
  rsp_term message;
  struct bench_figures* figures;
};

struct sender {
  rsp_pid to;
  rsp_term message;
  long left;
};

static rsp_next send_burst(rsp_self* self, rsp_msg* message, void* state) {
  struct sender* sender = state;
  (void)message;
  for (int i = 0; i < BURST; ++i) {
    CHECK(rsp_send(self, sender->to, sender->message));
    // Behind the last nobody waits for it: the runtime may be stopping.
    if (--sender->left == 0) return RSP_NEXT_STOP;
  }
  CHECK(rsp_send(self, rsp_self_pid(self), sender->message));
  return RSP_NEXT_CONTINUE;
}

static void begin_round(rsp_self* self, struct receiver* receiver) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.link = true;
  options.start = send_burst;
  receiver->left = receiver->senders * receiver->each;
  for (long i = 0; i < receiver->senders; ++i) {
    struct sender* sender = malloc(sizeof *sender);
    if (sender == NULL) abort();
    *sender = (struct sender){rsp_self_pid(self), receiver->message, receiver->each};
    rsp_pid pid;
    CHECK(rsp_spawn(self, &pid, NULL, &options, send_burst, sender, free));
  }
}

static rsp_next on_message(rsp_self* self, rsp_msg* message, void* state) {
  struct receiver* receiver = state;
  if (message == NULL) {
    bench_begin(receiver->figures);
    begin_round(self, receiver);
    return RSP_NEXT_CONTINUE;
  }
  ++receiver->ops;
  if (--receiver->left > 0) return RSP_NEXT_CONTINUE;
  if (--receiver->rounds > 0) {
    begin_round(self, receiver);
    return RSP_NEXT_CONTINUE;
  }
  bench_end(receiver->figures, receiver->ops);
  return RSP_NEXT_STOP;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  struct receiver receiver = {parameters[0],         parameters[1], bench_scaled(parameters[2], scale), 0, 0,
                              bench_atom("message"), figures};
  bench_run_process(self, on_message, on_message, &receiver);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 3, run); }
